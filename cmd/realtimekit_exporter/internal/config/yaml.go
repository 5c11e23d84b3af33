package config

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// A field is a key of the configuration: the value that it sets, and how.
type field struct {
	key    string
	into   any     // of a key with one value: pointer to that, which is the default until it is read
	keys   []field // of a section or a list: the keys below it
	list   bool
	secret bool // the value is or may be a secret
	read   func(d *document, p position, n *yaml.Node)
}

// A parser parses a value. If the value is not valid, wrong says why, in words that
// follow the value and come before what is expected.
type parser[T any] func(*yaml.Node) (v T, wrong string)

// scalar is a key with one value.
func scalar[T any](key string, into *T, expected string, parse parser[T]) field {
	return leaf(key, into, expected, parse, display)
}

// secret is a scalar whose value is in no message and on no page.
func secret[T any](key string, into *T, expected string, parse parser[T]) field {
	f := leaf(key, into, expected, parse, displaySecret)
	f.secret = true
	return f
}

func leaf[T any](key string, into *T, expected string, parse parser[T], display func(*yaml.Node) string) field {
	return field{key: key, into: into, read: func(d *document, p position, n *yaml.Node) {
		if v, wrong := parse(follow(n)); wrong == "" {
			*into, p.ok = v, true
		} else if isNull(follow(n)) {
			d.problem(p, "has no value: expected %s", expected)
		} else {
			d.problem(p, "%s %s: expected %s", display(n), wrong, expected)
		}
		d.positions[into] = p
	}}
}

// section is a key with keys of its own. Without a value, as when all its keys are
// commented out, their defaults apply.
func section(key string, into any, keys ...field) field {
	return field{key: key, into: into, keys: keys, read: func(d *document, p position, n *yaml.Node) {
		d.positions[into] = p
		if !isNull(follow(n)) {
			d.mapping(p, n, keys)
		}
	}}
}

// list is a key with a list of mappings. Its position is that of a valid value only
// if the list is empty, which the rules accept or refuse.
func list[T any](key, item string, into *[]T, keys func(*T) []field) field {
	return field{key: key, keys: keys(new(T)), list: true, read: func(d *document, p position, n *yaml.Node) {
		d.positions[into] = p
		items := follow(n)
		switch {
		case isNull(items), items.Kind == yaml.SequenceNode && len(items.Content) == 0:
			p.ok = true
			d.positions[into] = p
			return
		case items.Kind != yaml.SequenceNode:
			d.problem(p, "%s is not a list: expected at least one %s, each after a dash", display(n), item)
			return
		}
		*into = make([]T, len(items.Content))
		for i := range *into {
			if !d.visit() {
				return
			}
			v, n := &(*into)[i], items.Content[i]
			at := position{path: fmt.Sprintf("%s[%d]", p.path, i), line: n.Line}
			at.ok = d.mapping(at, n, keys(v))
			d.positions[v] = at
		}
	}}
}

// values is a key with a list of values, at least a minimum number.
func values[T any](key string, into *[]T, least int, item, expected string, parse parser[T]) field {
	return field{key: key, into: into, read: func(d *document, p position, n *yaml.Node) {
		d.positions[into] = p
		items := follow(n)
		switch {
		case items.Kind != yaml.SequenceNode && isNull(items):
			d.problem(p, "has no value: expected a list of %ss", item)
			return
		case items.Kind != yaml.SequenceNode:
			d.problem(p, "%s is not a list: expected a list of %ss, each after a dash", display(n), item)
			return
		case len(items.Content) < least:
			d.problem(p, "is empty: expected at least one %s", item)
			return
		}
		*into = make([]T, len(items.Content))
		for i, n := range items.Content {
			if !d.visit() {
				return
			}
			at := position{path: fmt.Sprintf("%s[%d]", p.path, i), line: n.Line}
			scalar(key, &(*into)[i], expected, parse).read(d, at, n)
		}
	}}
}

// mapping reads the keys of n, and reports whether it is a mapping at all.
func (d *document) mapping(p position, n *yaml.Node, keys []field) bool {
	switch {
	case isNull(follow(n)):
		d.problem(p, "has no value: expected the keys %s", keyNames(keys))
		return false
	case follow(n).Kind != yaml.MappingNode:
		d.problem(p, "%s is not a mapping: expected the keys %s", display(n), keyNames(keys))
		return false
	}
	content, first := d.pairs(p, follow(n)), map[string]int{}
	for i := 0; i+1 < len(content) && d.visit(); i += 2 {
		k, v := content[i], content[i+1]
		at := position{path: strings.TrimPrefix(p.path+"."+k.Value, "."), line: k.Line}
		known := slices.IndexFunc(keys, func(f field) bool { return f.key == k.Value })
		switch {
		case known < 0:
			d.problem(position{path: p.path, line: k.Line}, "unknown key %s: expected one of %s", displayKey(k), keyNames(keys))
		case first[k.Value] > 0:
			d.problem(at, "is repeated: already set on line %d", first[k.Value])
		default:
			first[k.Value] = k.Line
			keys[known].read(d, at, v)
		}
	}
	return true
}

// follow returns the value of an alias, and any other node itself.
func follow(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag == "!!null" }
