package main

import (
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// notShown stands for what is or may be a secret.
const notShown = "its value (not shown)"

func names(keys []field) string {
	var all []string
	for _, k := range keys {
		all = append(all, k.key)
	}
	return strings.Join(all, ", ")
}

// shownKey is an unknown key, if it looks like one: a text that is longer, or
// holds more than letters, may be a token in the wrong place.
func shownKey(k *yaml.Node) string {
	if k.Kind != yaml.ScalarNode || len(k.Value) > 32 || k.Value != "<<" && !isIdentifier(k.Value) {
		return " (not shown)"
	}
	return fmt.Sprintf(" %q", k.Value)
}

// found is a value as messages show it: quoted, cut, and not at all where it
// may be a secret's, through an alias or a quote that was not closed.
func found(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.MappingNode:
		return "a mapping"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case n.Kind != yaml.ScalarNode:
		return "the alias's value"
	case strings.Contains(n.Value, "api_token"), strings.Contains(n.Value, "proxy_url"), strings.Contains(n.Value, "-----"):
		return notShown
	case n.Style == 0 && n.Tag != "!!str":
		return cut(n.Value)
	}
	text, _, more := strings.Cut(n.Value, "\n")
	if more {
		text += "…"
	}
	return strconv.Quote(cut(text))
}

// foundURL is found, without anything that may be a credential.
func foundURL(n *yaml.Node) string {
	if strings.ContainsAny(n.Value, "@?#\\%") {
		return notShown
	}
	return found(n)
}

// cut keeps the first 60 characters.
func cut(s string) string {
	count := 0
	for i := range s {
		if count++; count > 60 {
			return s[:i] + "…"
		}
	}
	return s
}
