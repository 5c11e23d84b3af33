package config

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// parse returns the root of the only YAML document in data, or nil after a problem.
func (d *document) parse(data []byte) *yaml.Node {
	lines := &lineReader{data: data}
	dec := yaml.NewDecoder(lines)
	broken := func(err error) *yaml.Node {
		line, text := explain(err, lines.read, data)
		d.problem(position{line: line}, "is not YAML: %s", text)
		return nil
	}
	root, err := decode(dec)
	switch {
	case errors.Is(err, io.EOF), err == nil && isNull(root):
		d.problem(position{}, "is empty: expected accounts, and their apps")
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
		d.problem(position{line: next.Line}, "a second document begins here: expected a single document, remove the line with ---")
	}
	return nil
}

// decode returns the content of the next document.
func decode(dec *yaml.Decoder) (*yaml.Node, error) {
	var doc yaml.Node
	if err := dec.Decode(&doc); err != nil {
		return nil, err
	}
	return doc.Content[0], nil
}

// explain returns the line of a syntax error, and what to change there. The
// parser's own line is often where the enclosing block begins, so the line is the
// one that the parser had read. The parser quotes one thing from the file, the name
// of an alias. It is left out, because a token may begin with *.
func explain(err error, read int, data []byte) (line int, text string) {
	text = strings.TrimPrefix(err.Error(), "yaml: ")
	own := read
	if rest, ok := strings.CutPrefix(text, "line "); ok {
		var number string
		number, text, _ = strings.Cut(rest, ": ")
		own, _ = strconv.Atoi(number)
	}
	switch {
	case strings.HasPrefix(text, "unknown anchor"):
		name, _, _ := strings.Cut(strings.TrimPrefix(text, "unknown anchor '"), "'")
		before, _, _ := bytes.Cut(data, []byte("*"+name))
		return 1 + bytes.Count(before, []byte("\n")), "an alias (*…) has no anchor (&…) before it: put text that begins with * in quotes"
	case text == "found unexpected end of stream":
		return own, "a quote is not closed"
	case text == "found character that cannot start any token":
		return read, "indent with spaces, not tabs, and put text that begins with % @ or ` in quotes"
	case strings.Contains(text, "found a tab character"):
		return read, "indent with spaces, not tabs"
	case text == "did not find expected key":
		return read, "expected a key here, indented like the keys around it"
	case text == "mapping values are not allowed in this context":
		return read, "a key is not allowed here: check the indentation, and put text with a colon in quotes"
	}
	return read, text
}

// A lineReader returns at most one line per call of Read, so that the number of
// lines shows how far the parser has read.
type lineReader struct {
	data []byte
	read int  // lines begun
	mid  bool // within a line
}

// Read implements [io.Reader].
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
