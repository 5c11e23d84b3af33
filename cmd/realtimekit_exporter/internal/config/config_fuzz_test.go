package main

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// FuzzParseConfig holds that no file makes the parser panic, that what loads
// obeys its bounds, and that no mistake shows a secret: not from where secrets
// belong, and not from a file that cannot be read as YAML at all.
func FuzzParseConfig(f *testing.F) {
	for _, kind := range []string{"good", "bad"} {
		for _, file := range corpus(f, kind) {
			f.Add(contents(f, file))
		}
	}
	f.Add(contents(f, exampleFile))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := parseConfig("config.yml", data, "from-the-environment")
		if err == nil {
			checkBounds(t, c)
			return
		}
		text := err.Error()
		if text == "" || strings.Count(text, "\n") > maxMistakes {
			t.Errorf("not a list of mistakes: %q", text)
		}
		if strings.Contains(text, canary) && !exposed(data) {
			t.Errorf("the secret is shown:\n%s", text)
		}
		for line := range strings.SplitSeq(text, "\n") {
			if !strings.HasPrefix(line, "config.yml:") {
				t.Errorf("a mistake without its place: %q", line)
			}
		}
	})
}

// exposed reports whether the canary stands where no secret belongs, so that it
// may be shown: the fuzzer moves it around.
func exposed(data []byte) bool {
	dec := yaml.NewDecoder(bytes.NewReader(data))
	for {
		var n yaml.Node
		err := dec.Decode(&n)
		if errors.Is(err, io.EOF) {
			return false
		}
		if err != nil {
			return false // not YAML: nothing of it may be shown
		}
		if exposedIn(&n) {
			return true
		}
	}
}

func exposedIn(n *yaml.Node) bool {
	if n.Kind == yaml.ScalarNode {
		return strings.Contains(n.Value, canary)
	}
	for i, child := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 1 {
			switch n.Content[i-1].Value {
			case "api_token", "key", "ca", "cert", "proxy_url":
				continue
			}
		}
		if exposedIn(child) {
			return true
		}
	}
	return false
}
