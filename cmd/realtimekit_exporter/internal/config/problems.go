package config

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
)

const (
	maxProblems = 20      // reported of one file
	maxNodes    = 1 << 18 // visited: aliases can make a small file a huge tree
)

// A position is a key or an item of the file.
type position struct {
	path string // accounts[0].apps[1].app_id
	line int    // 0: the file as a whole
	ok   bool   // its value is valid
}

// String is how the problems of other positions refer to this one.
func (p position) String() string { return fmt.Sprintf("%s (line %d)", p.path, p.line) }

// A document is a YAML file while it is read into a configuration.
type document struct {
	file      string
	positions map[any]position // of the values that the file has, by pointer to the value
	left      int              // nodes that may still be visited
	problems  []problem
	warnings  []string
	more      int // problems that are not reported
}

type problem struct {
	line int
	text string
}

// problem adds a problem of the value at p.
func (d *document) problem(p position, format string, args ...any) {
	if len(d.problems) == maxProblems {
		d.more++
		return
	}
	d.problems = append(d.problems, problem{p.line, d.text(p, format, args...)})
}

// warning adds a warning about the value at p.
func (d *document) warning(p position, format string, args ...any) {
	if len(d.warnings) < maxProblems {
		d.warnings = append(d.warnings, d.text(p, format, args...))
	}
}

// text is a message about the value at p.
func (d *document) text(p position, format string, args ...any) string {
	text := d.file + ":"
	if p.line > 0 {
		text += fmt.Sprintf("%d:", p.line)
	}
	if p.path != "" {
		text += " " + p.path + ":"
	}
	return text + " " + fmt.Sprintf(format, args...)
}

// visit counts a node, and reports whether it may be visited.
func (d *document) visit() bool {
	if d.left--; d.left == 0 {
		d.problem(position{}, "is too large: expected at most %d keys and items, aliases followed", maxNodes)
	}
	return d.left > 0
}

// err returns all problems in the order of the file. Those of the file as a whole
// come last, because a mistyped key is often the cause of a missing one.
func (d *document) err() error {
	slices.SortStableFunc(d.problems, func(a, b problem) int { return cmp.Compare(uint(a.line-1), uint(b.line-1)) })
	var errs []error
	for _, p := range d.problems {
		errs = append(errs, errors.New(p.text))
	}
	if d.more > 0 {
		errs = append(errs, fmt.Errorf("%s: and %d more", d.file, d.more))
	}
	return errors.Join(errs...)
}
