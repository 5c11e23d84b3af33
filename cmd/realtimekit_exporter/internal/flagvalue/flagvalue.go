// Package flagvalue has values for kingpin flags whose errors name the flag.
package flagvalue

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Value is what a flag sets: a kingpin.Value.
type Value struct {
	flag     string
	expected string
	set      func(string) bool
	show     func() string
}

// Set implements kingpin.Value.
func (v Value) Set(s string) error {
	if !v.set(s) {
		return fmt.Errorf("--%s=%s: expected %s", v.flag, s, v.expected)
	}
	return nil
}

// String implements kingpin.Value.
func (v Value) String() string { return v.show() }

// Duration is a duration that is not negative.
func Duration(flag string, into *time.Duration) Value {
	return Value{
		flag: flag, expected: "a duration like 30s, of 0s or more",
		set: func(s string) bool {
			d, err := time.ParseDuration(s)
			*into = d
			return err == nil && d >= 0
		},
		show: func() string { return into.String() },
	}
}

// Count is a number that is not negative.
func Count(flag string, into *int) Value {
	return Value{
		flag: flag, expected: "a whole number, 0 or more",
		set: func(s string) bool {
			n, err := strconv.Atoi(s)
			*into = n
			return err == nil && n >= 0
		},
		show: func() string { return strconv.Itoa(*into) },
	}
}

// Date is a day like 2026-01-31, as 00:00 UTC.
func Date(flag string, into *time.Time) Value {
	return Value{
		flag: flag, expected: "a date like 2026-01-31",
		set: func(s string) bool {
			day, err := time.Parse(time.DateOnly, s)
			*into = day
			return err == nil
		},
		show: func() string {
			if into.IsZero() {
				return ""
			}
			return into.Format(time.DateOnly)
		},
	}
}

// Choice is one of a few words.
func Choice(flag string, into *string, words ...string) Value {
	return Value{
		flag: flag, expected: "one of " + strings.Join(words, ", "),
		set: func(s string) bool {
			*into = s
			return slices.Contains(words, s)
		},
		show: func() string { return *into },
	}
}

// SingleDash returns the name of the first flag that is given with one dash, as
// -config.file=config.yml, which kingpin takes for short flags; "" if there is none.
func SingleDash(args []string) string {
	for _, arg := range args {
		name, _, _ := strings.Cut(arg, "=")
		if len(name) > 2 && name[0] == '-' && name[1] != '-' {
			return name[1:]
		}
	}
	return ""
}
