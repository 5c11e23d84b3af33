package main

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"
)

// parse returns the root of the one YAML document in data, or nil with the
// mistake noted.
func (d *document) parse(data []byte) *yaml.Node {
	lines := &lineReader{data: data}
	dec := yaml.NewDecoder(lines)
	root, err := decode(dec)
	switch {
	case errors.Is(err, io.EOF), err == nil && isNull(root):
		d.mistake(place{}, "is empty: expected accounts, and their apps")
		return nil
	case err != nil:
		d.mistake(place{line: lines.read}, "is not YAML: %s", readable(err))
		return nil
	}
	switch next, err := decode(dec); {
	case errors.Is(err, io.EOF):
		return root
	case err != nil:
		d.mistake(place{line: lines.read}, "is not YAML: %s", readable(err))
	default:
		d.mistake(place{line: next.Line}, "a second document begins here: expected one, so no line with only ---")
	}
	return nil
}

// decode is the next document's content. A panic inside the parser is a
// mistake in the file like any other: a reload must not end the process.
func decode(dec *yaml.Decoder) (n *yaml.Node, err error) {
	defer func() {
		if recover() != nil {
			err = errors.New("its structure cannot be read")
		}
	}()
	var doc yaml.Node
	if err := dec.Decode(&doc); err != nil {
		return nil, err
	}
	return doc.Content[0], nil
}

// readable is a syntax error in words for whoever edits the file. The parser's
// own line is left out, since it is often that of the enclosing block's start,
// and so is the one thing it quotes from the file.
func readable(err error) string {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	if _, after, ok := strings.Cut(text, ": "); ok && strings.HasPrefix(text, "line ") {
		text = after
	}
	switch {
	case strings.HasPrefix(text, "unknown anchor"):
		return "an alias (*…) has no anchor (&…) before it; a text that begins with * needs quotes"
	case text == "found character that cannot start any token":
		return "a tab may not indent (use spaces), and a text that begins with % @ or ` needs quotes"
	case strings.Contains(text, "found a tab character"):
		return "a tab may not indent: use spaces"
	case text == "did not find expected key":
		return "a key is expected here, indented like its neighbours"
	case text == "mapping values are not allowed in this context":
		return "a key may not stand here: check the indentation, and put a text with a colon in quotes"
	}
	return text
}

// A lineReader hands out its data line by line, so that the count of lines
// read tells where a parser stopped.
type lineReader struct {
	data []byte
	read int  // lines begun
	mid  bool // within one
}

func (r *lineReader) Read(p []byte) (int, error) {
	if len(r.data) == 0 {
		return 0, io.EOF
	}
	if !r.mid {
		r.read++
	}
	n := min(len(r.data), len(p))
	if i := bytes.IndexByte(r.data[:n], '\n'); i >= 0 {
		n = i + 1
	}
	copy(p, r.data[:n])
	r.mid = r.data[n-1] != '\n'
	r.data = r.data[n:]
	return n, nil
}

// follow returns what an alias stands for, and any other node as it is.
func follow(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag == "!!null" }
