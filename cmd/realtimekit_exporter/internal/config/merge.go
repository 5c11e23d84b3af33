package config

import (
	"slices"

	"go.yaml.in/yaml/v3"
)

// pairs returns the keys and values of a mapping in turn. Those that its merge keys
// (<<) add come last: they do not replace a key of the mapping, nor one that an
// earlier mapping added. Inside are the mappings whose merge keys led here.
func (d *document) pairs(p position, n *yaml.Node, inside ...*yaml.Node) []*yaml.Node {
	if slices.Contains(inside, n) {
		d.problem(p, "merges a mapping into itself")
		return nil
	}
	inside = append(inside, n)
	var pairs, merged []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		if !d.visit() { // a mapping can be merged many times
			return nil
		}
		k, v := n.Content[i], n.Content[i+1]
		if k.ShortTag() != "!!merge" {
			pairs = append(pairs, k, v)
			continue
		}
		sources := []*yaml.Node{v}
		if list := follow(v); list.Kind == yaml.SequenceNode {
			sources = list.Content
		}
		at := position{path: p.path, line: k.Line}
		for _, source := range sources {
			if !d.visit() {
				return nil
			}
			if follow(source).Kind == yaml.MappingNode {
				merged = append(merged, d.pairs(at, follow(source), inside...)...)
			} else {
				d.problem(at, "the value of the merge key << (hidden) is not a mapping: expected an alias of a mapping, or a list of them")
			}
		}
	}
	known := make(map[string]bool)
	for i := 0; i < len(pairs); i += 2 {
		known[pairs[i].Value] = true
	}
	for i := 0; i < len(merged); i += 2 {
		if k := merged[i]; !known[k.Value] {
			known[k.Value] = true
			pairs = append(pairs, k, merged[i+1])
		}
	}
	return pairs
}
