package config

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"time"

	"go.yaml.in/yaml/v3"
)

// A Discover selects the apps of an account that are collected in addition to those in
// the file.
// The patterns are anchored.
type Discover struct {
	Include, Exclude []*regexp.Regexp
	Interval         time.Duration
}

// EveryApp is what `discover: {}` means.
func EveryApp() *Discover {
	return &Discover{Include: []*regexp.Regexp{regexp.MustCompile(anchored(".*"))}, Interval: 15 * time.Minute}
}

func anchored(pattern string) string { return "^(?s:" + pattern + ")$" }

func (v *Discover) fields() []field {
	return []field{
		patterns("include", &v.Include, 1),
		patterns("exclude", &v.Exclude, 0),
		duration("interval", &v.Interval, time.Minute, year),
	}
}

// discoverSection is a key whose presence alone means something. Without a value it
// is refused, because that could mean every app or none.
func discoverSection(key string, into **Discover) field {
	keys := EveryApp().fields()
	return field{key: key, into: into, keys: keys, read: func(d *document, p position, n *yaml.Node) {
		d.positions[into] = p
		if isNull(follow(n)) {
			d.problem(p, "has no value: expected {} for every app, or the keys %s", keyNames(keys))
			return
		}
		*into = EveryApp()
		d.mapping(p, n, (*into).fields())
	}}
}

// patterns is a key with a list of regular expressions, at least a minimum number.
func patterns(key string, into *[]*regexp.Regexp, least int) field {
	return values(key, into, least, "regular expression", "RE2 syntax, which has no lookahead", parsePattern)
}

func parsePattern(n *yaml.Node) (*regexp.Regexp, string) {
	v, wrong := parseText(n)
	switch {
	case wrong != "":
		return nil, wrong
	case v == "":
		return nil, "is empty"
	}
	// As it is, because ")(" is valid only with what is put around it, and "\Q" only without.
	_, err := regexp.Compile(v)
	pattern, anchoredErr := regexp.Compile(anchored(v))
	if err := cmp.Or(err, anchoredErr); err != nil {
		if e, ok := errors.AsType[*syntax.Error](err); ok {
			return nil, fmt.Sprintf("is not a regular expression (%s)", e.Code)
		}
		return nil, "is not a regular expression"
	}
	return pattern, ""
}
