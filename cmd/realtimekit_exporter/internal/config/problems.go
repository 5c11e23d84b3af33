package main

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
)

const (
	maxMistakes = 20      // shown of one file
	maxNodes    = 1 << 18 // visited: aliases can make a small file a huge tree
)

// A place is where in the file something stands.
type place struct {
	path string // accounts[0].apps[1].app_id
	line int    // 0: nowhere in particular
	ok   bool   // its value could be read
}

// String is a place as other places' mistakes refer to it.
func (p place) String() string { return fmt.Sprintf("%s on line %d", p.path, p.line) }

// A document is a YAML file on its way into a configuration.
type document struct {
	file     string
	places   map[any]place // by pointer to the value, of what the file gives
	left     int           // keys that may still be visited
	mistakes []mistake
	more     int // mistakes not kept
}

type mistake struct {
	line int
	text string
}

// mistake notes what is wrong at p.
func (d *document) mistake(p place, format string, args ...any) {
	if len(d.mistakes) == maxMistakes {
		d.more++
		return
	}
	text := d.file + ":"
	if p.line > 0 {
		text += fmt.Sprintf("%d:", p.line)
	}
	if p.path != "" {
		text += " " + p.path + ":"
	}
	d.mistakes = append(d.mistakes, mistake{p.line, text + " " + fmt.Sprintf(format, args...)})
}

// visit takes one from the keys that may be visited.
func (d *document) visit() bool {
	if d.left == 0 {
		return false
	}
	if d.left--; d.left == 0 {
		d.mistake(place{}, "is too large: expected at most %d keys and items, aliases followed", maxNodes)
	}
	return d.left > 0
}

// err is all mistakes, in the order of the file; what is missing from the whole
// of it comes last, since a mistyped key is often the cause.
func (d *document) err() error {
	slices.SortStableFunc(d.mistakes, func(a, b mistake) int { return cmp.Compare(uint(a.line-1), uint(b.line-1)) })
	var errs []error
	for _, m := range d.mistakes {
		errs = append(errs, errors.New(m.text))
	}
	if d.more > 0 {
		errs = append(errs, fmt.Errorf("%s: and %d more", d.file, d.more))
	}
	return errors.Join(errs...)
}
