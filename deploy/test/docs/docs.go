// Package docs reads docs/deploy.md for its tests. A comment before each block that
// readers copy has the source of the block:
//
//	<!-- from deploy/systemd/config.yml -->	the block is an exact excerpt of that file
//	<!-- run systemd-install -->		a test finds it by that name, and runs it
package docs

import (
	"fmt"
	"os"
	"strings"
)

// A Block is a fenced block, with its source from the comment before it.
type Block struct {
	From, Run string // one of them
	Lines     []string
	At        string // file and line, for messages
}

// Read returns the blocks of a file, in order.
func Read(file string) ([]Block, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var (
		blocks  []Block
		block   *Block
		indent  string // of the block, in a list
		comment string
	)
	for n, line := range strings.Split(string(text), "\n") {
		trimmed := strings.TrimLeft(line, " ")
		fence := strings.HasPrefix(trimmed, "```")
		switch {
		case fence && block == nil:
			indent = strings.TrimSuffix(line, trimmed)
			block = &Block{At: fmt.Sprintf("%s:%d", file, n+1)}
			switch kind, name, _ := strings.Cut(comment, " "); kind {
			case "from":
				block.From = name
			case "run":
				block.Run = name
			}
		case fence:
			blocks, block, comment = append(blocks, *block), nil, ""
		case block != nil:
			block.Lines = append(block.Lines, strings.TrimPrefix(line, indent))
		case trimmed != "":
			// The last comment before a block counts.
			comment = ""
			if inner, found := strings.CutPrefix(trimmed, "<!-- "); found {
				comment, _ = strings.CutSuffix(inner, " -->")
			}
		}
	}
	if block != nil {
		return nil, fmt.Errorf("%s: the block doesn't end", block.At)
	}
	return blocks, nil
}

// Commands returns the commands in a block: its lines without the prompt.
func (b Block) Commands() (string, error) {
	var script strings.Builder
	for _, line := range b.Lines {
		command, found := strings.CutPrefix(line, "$ ")
		if !found {
			return "", fmt.Errorf("%s: %q is no command, which begins with $", b.At, line)
		}
		script.WriteString(command + "\n")
	}
	return script.String(), nil
}
