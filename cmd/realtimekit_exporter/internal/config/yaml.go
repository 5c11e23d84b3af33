package main

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// A field is a key of the configuration: the value it sets, and how.
type field struct {
	key  string
	into any     // of a leaf: pointer to its value, which holds the default until read
	keys []field // of a section or a list: what may stand below it
	list bool
	hide bool // the value is or may be a secret
	read func(d *document, p place, n *yaml.Node)
}

// A parser reads a value, or says what is wrong with it, to be read after the
// value and before what is expected.
type parser[T any] func(*yaml.Node) (v T, wrong string)

// scalar is a key with one value.
func scalar[T any](key string, into *T, expected string, parse parser[T]) field {
	return leaf(key, into, expected, parse, found)
}

// secret is a scalar whose value no message and no page shows.
func secret[T any](key string, into *T, expected string, parse parser[T]) field {
	f := leaf(key, into, expected, parse, func(*yaml.Node) string { return notShown })
	f.hide = true
	return f
}

func leaf[T any](key string, into *T, expected string, parse parser[T], show func(*yaml.Node) string) field {
	return field{key: key, into: into, read: func(d *document, p place, n *yaml.Node) {
		if v, wrong := parse(follow(n)); wrong == "" {
			*into, p.ok = v, true
		} else if isNull(follow(n)) {
			d.mistake(p, "has no value: expected %s", expected)
		} else {
			d.mistake(p, "%s %s: expected %s", show(n), wrong, expected)
		}
		d.places[into] = p
	}}
}

// section is a key with keys of its own. Without a value, as when all of them
// are commented out, it stands at its defaults.
func section(key string, into any, keys ...field) field {
	return field{key: key, into: into, keys: keys, read: func(d *document, p place, n *yaml.Node) {
		d.places[into] = p
		if !isNull(follow(n)) {
			d.mapping(p, n, keys)
		}
	}}
}

// list is a key with a list of mappings, at least one.
func list[T any](key, what string, into *[]T, keys func(*T) []field) field {
	return field{key: key, keys: keys(new(T)), list: true, read: func(d *document, p place, n *yaml.Node) {
		d.places[into] = p
		items := follow(n)
		switch {
		case isNull(items), items.Kind == yaml.SequenceNode && len(items.Content) == 0:
			d.mistake(p, "is empty: expected at least one %s", what)
			return
		case items.Kind != yaml.SequenceNode:
			d.mistake(p, "%s is not a list: expected at least one %s, each after a dash", found(n), what)
			return
		}
		*into = make([]T, min(len(items.Content), d.left))
		for i := range *into {
			if !d.visit() {
				return
			}
			v, item := &(*into)[i], items.Content[i]
			at := place{path: fmt.Sprintf("%s[%d]", p.path, i), line: item.Line}
			at.ok = d.mapping(at, item, keys(v))
			d.places[v] = at
		}
	}}
}

// mapping reads the keys of n, and reports whether it is a mapping at all.
func (d *document) mapping(p place, n *yaml.Node, keys []field) bool {
	switch {
	case isNull(follow(n)):
		d.mistake(p, "has no value: expected the keys %s", names(keys))
		return false
	case follow(n).Kind != yaml.MappingNode:
		d.mistake(p, "%s is not a mapping: expected the keys %s", found(n), names(keys))
		return false
	}
	content, first := d.pairs(p, follow(n)), map[string]int{}
	for i := 0; i+1 < len(content) && d.visit(); i += 2 {
		k, v := content[i], content[i+1]
		at := place{path: strings.TrimPrefix(p.path+"."+k.Value, "."), line: k.Line}
		known := slices.IndexFunc(keys, func(f field) bool { return k.Kind == yaml.ScalarNode && f.key == k.Value })
		switch {
		case known < 0:
			d.mistake(place{path: p.path, line: k.Line}, "unknown key%s: expected one of %s", shownKey(k), names(keys))
		case first[k.Value] > 0:
			d.mistake(at, "is repeated: it stands already on line %d", first[k.Value])
		default:
			first[k.Value] = k.Line
			keys[known].read(d, at, v)
		}
	}
	return true
}
