package config

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// FuzzParse checks that no file causes a panic, that a valid configuration is within
// its bounds, and that no problem prints a secret: not the value of a key for
// secrets, and nothing of a file that is not YAML.
func FuzzParse(f *testing.F) {
	for _, kind := range []string{"good", "bad"} {
		for _, file := range corpus(f, kind) {
			f.Add(contents(f, file))
		}
	}
	f.Add(contents(f, exampleFile))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := parse(data, "from-the-environment")
		if err == nil {
			checkBounds(t, c)
			return
		}
		text := err.Error()
		if text == "" || strings.Count(text, "\n") > maxProblems {
			t.Errorf("not a list of problems: %q", text)
		}
		if strings.Contains(text, canary) && !exposed(data) {
			t.Errorf("the secret is printed:\n%s", text)
		}
		for line := range strings.SplitSeq(text, "\n") {
			if !strings.HasPrefix(line, "config.yml:") {
				t.Errorf("a problem without its position: %q", line)
			}
		}
	})
}

// exposed reports whether the canary is in the value of a key that is not for
// secrets, so that it may be printed: the fuzzer moves it.
func exposed(data []byte) bool {
	dec := yaml.NewDecoder(bytes.NewReader(data))
	for {
		var n yaml.Node
		err := dec.Decode(&n)
		if errors.Is(err, io.EOF) {
			return false
		}
		if err != nil {
			return false // not YAML: nothing of it may be printed
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
