package api

import (
	"fmt"
	"io"
)

// A Secret is a string that is never printed, such as an API token. However it is
// printed, logged or marshalled, only <secret> is seen. The conversion string(s)
// is the only way to its value, and easy to search for.
type Secret string

const hidden = "<secret>"

// Format implements [fmt.Formatter], so that no verb prints the value.
func (Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, hidden) }

// String implements [fmt.Stringer], for loggers that call it themselves.
func (Secret) String() string { return hidden }

// MarshalText implements [encoding.TextMarshaler]; JSON, YAML and logfmt use it.
func (Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }
