package main

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// parse returns the root of the one YAML document in data, or nil with the
// mistake noted.
func (d *document) parse(data []byte) *yaml.Node {
	lines := &lineReader{data: data}
	dec := yaml.NewDecoder(lines)
	broken := func(err error) *yaml.Node {
		line, text := readable(err, lines.read, data)
		d.mistake(place{line: line}, "is not YAML: %s", text)
		return nil
	}
	root, err := decode(dec)
	switch {
	case errors.Is(err, io.EOF), err == nil && isNull(root):
		d.mistake(place{}, "is empty: expected accounts, and their apps")
		return nil
	case err != nil:
		return broken(err)
	}
	switch next, err := decode(dec); {
	case errors.Is(err, io.EOF):
		return root
	case err != nil:
		return broken(err)
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

// readable is a syntax error in words for whoever edits the file, and its line.
// The parser's own line is often that of the enclosing block's start, so it is
// rather that where the parser stopped. The one thing it quotes from the file,
// the name of an alias, is left out: a token may begin with *.
func readable(err error, stopped int, data []byte) (line int, text string) {
	text = strings.TrimPrefix(err.Error(), "yaml: ")
	own := stopped
	if rest, ok := strings.CutPrefix(text, "line "); ok {
		var number string
		number, text, _ = strings.Cut(rest, ": ")
		own, _ = strconv.Atoi(number)
	}
	switch {
	case strings.HasPrefix(text, "unknown anchor"):
		name, _, _ := strings.Cut(strings.TrimPrefix(text, "unknown anchor '"), "'")
		before, _, _ := bytes.Cut(data, []byte("*"+name))
		return 1 + bytes.Count(before, []byte("\n")), "an alias (*…) has no anchor (&…) before it; a text that begins with * needs quotes"
	case text == "found unexpected end of stream":
		return own, "a quote is not closed"
	case text == "found character that cannot start any token":
		return stopped, "a tab may not indent (use spaces), and a text that begins with % @ or ` needs quotes"
	case strings.Contains(text, "found a tab character"):
		return stopped, "a tab may not indent: use spaces"
	case text == "did not find expected key":
		return stopped, "a key is expected here, indented like its neighbours"
	case text == "mapping values are not allowed in this context":
		return stopped, "a key may not stand here: check the indentation, and put a text with a colon in quotes"
	}
	return stopped, text
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
