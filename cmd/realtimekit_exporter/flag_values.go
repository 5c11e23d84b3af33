package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/alecthomas/kingpin/v2"
)

// A flagValue is what a flag sets. Unlike kingpin's own, its errors name the flag.
type flagValue struct {
	flag     string
	expected string
	set      func(string) bool
	show     func() string
}

// Set implements [kingpin.Value].
func (v flagValue) Set(s string) error {
	if !v.set(s) {
		return fmt.Errorf("--%s=%s: expected %s", v.flag, s, v.expected)
	}
	return nil
}

// String implements [kingpin.Value].
func (v flagValue) String() string { return v.show() }

// durationFlag is a duration that is not negative.
func durationFlag(flag string, into *time.Duration) kingpin.Value {
	return flagValue{
		flag: flag, expected: "a duration like 30s, of 0s or more",
		set: func(s string) bool {
			d, err := time.ParseDuration(s)
			*into = d
			return err == nil && d >= 0
		},
		show: func() string { return into.String() },
	}
}

// countFlag is a number that is not negative.
func countFlag(flag string, into *int) kingpin.Value {
	return flagValue{
		flag: flag, expected: "a whole number, 0 or more",
		set: func(s string) bool {
			n, err := strconv.Atoi(s)
			*into = n
			return err == nil && n >= 0
		},
		show: func() string { return strconv.Itoa(*into) },
	}
}

// choiceFlag is one of a few words.
func choiceFlag(flag string, into *string, words ...string) kingpin.Value {
	return flagValue{
		flag: flag, expected: "one of " + strings.Join(words, ", "),
		set: func(s string) bool {
			*into = s
			return slices.Contains(words, s)
		},
		show: func() string { return *into },
	}
}
