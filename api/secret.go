package api

import (
	"fmt"
	"io"
)

// A Secret is a string that must not be seen: an API token. However it is
// printed, logged or marshalled, only <secret> shows. The conversion
// string(s) is the one way to its value, and greps well.
type Secret string

const hidden = "<secret>"

// Format implements [fmt.Formatter], so that no verb shows the value.
func (Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, hidden) }

// String implements [fmt.Stringer], for loggers that ask for it themselves.
func (Secret) String() string { return hidden }

// MarshalText implements [encoding.TextMarshaler]; JSON, YAML and logfmt use it.
func (Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }
