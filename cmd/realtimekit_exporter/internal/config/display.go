package config

import (
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// hiddenValue is how messages refer to a value that is or may be a secret.
const hiddenValue = "its value (hidden)"

// keyNames lists the keys for a message.
func keyNames(fields []field) string {
	var names []string
	for _, f := range fields {
		names = append(names, f.key)
	}
	return strings.Join(names, ", ")
}

// displayKey formats an unknown key for a message. One that is longer than a key,
// or contains other characters, may be a token in the wrong position.
func displayKey(k *yaml.Node) string {
	if k.Kind != yaml.ScalarNode || len(k.Value) > 32 || k.Value != "<<" && !isIdentifier(k.Value) {
		return "(hidden)"
	}
	return strconv.Quote(k.Value)
}

// display formats a value for a message: quoted and truncated, or hidden if it may
// be a secret, because of an alias or a quote that is not closed.
func display(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.MappingNode:
		return "a mapping"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case n.Kind != yaml.ScalarNode:
		return "the value of the alias"
	case strings.Contains(n.Value, "api_token"), strings.Contains(n.Value, "proxy_url"), strings.Contains(n.Value, "-----"):
		return hiddenValue
	case n.Style == 0 && n.Tag != "!!str":
		return truncate(n.Value)
	}
	text, _, more := strings.Cut(n.Value, "\n")
	if more {
		text += "…"
	}
	return strconv.Quote(truncate(text))
}

// displayURL is display for a URL, hidden if a part of it may be a credential.
func displayURL(n *yaml.Node) string {
	if strings.ContainsAny(n.Value, "@?#%") {
		return hiddenValue
	}
	return display(n)
}

// displaySecret is display for a value that is always hidden.
func displaySecret(*yaml.Node) string { return hiddenValue }

// truncate returns the first 60 characters.
func truncate(s string) string {
	count := 0
	for i := range s {
		if count++; count > 60 {
			return s[:i] + "…"
		}
	}
	return s
}
