package docs

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/realtimekit-exporter/realtimekit_exporter/deploy/test/internal/program"
)

const (
	root = program.Root
	page = root + "/docs/deploy.md"
)

func TestDocs_BlocksAreInFilesOrRun(t *testing.T) {
	blocks, err := Read(page)
	if err != nil {
		t.Fatal(err)
	}
	if len(blocks) < 10 {
		t.Errorf("found only %d blocks", len(blocks))
	}
	for _, b := range blocks {
		switch {
		case b.From != "":
			text, err := os.ReadFile(filepath.Join(root, b.From))
			if err != nil {
				t.Errorf("%s: %v", b.At, err)
			} else if !isIn(b.Lines, strings.Split(string(text), "\n")) {
				t.Errorf("%s: this is not in %s:\n%s", b.At, b.From, strings.Join(b.Lines, "\n"))
			}
		case b.Run != "":
			if !isRun(t, b.Run) {
				t.Errorf("%s: no test of deploy/test runs %q", b.At, b.Run)
			}
		default:
			t.Errorf("%s: no comment before this block has its source", b.At)
		}
	}
}

// isIn reports whether the lines follow each other in a file, all indented by the
// same or commented out by the same. A comment about a command, after two
// spaces, is not part of it.
func isIn(lines, file []string) bool {
	for i := range len(file) - len(lines) + 1 {
		prefix := file[i][:len(file[i])-len(strings.TrimLeft(file[i], " #"))]
		prefix = strings.TrimSuffix(prefix, lines[0][:len(lines[0])-len(strings.TrimLeft(lines[0], " #"))])
		same := true
		for k, line := range lines {
			line = strings.TrimRight(prefix+line, " ")
			commented := strings.HasPrefix(prefix, "#") && strings.HasPrefix(file[i+k], line+"  ")
			same = same && (line == file[i+k] || commented)
		}
		if same {
			return true
		}
	}
	return false
}

// isRun reports whether a test names the block, in quotes.
func isRun(t *testing.T, name string) bool {
	t.Helper()
	tests, err := filepath.Glob("../*/*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range tests {
		text, err := os.ReadFile(test)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), `"`+name+`"`) {
			return true
		}
	}
	return false
}

func TestDocs_ExcerptsAreExact(t *testing.T) {
	file := strings.Split("# Do:\n#\n#   one   and wait\n#   two\n\nlist:\n  - a: 1\n    b: 2\n", "\n")
	for text, want := range map[string]bool{
		"one\ntwo":           true,
		"- a: 1\n  b: 2":     true,
		"  - a: 1\n    b: 2": true,
		"list:\n  - a: 1":    true,
		"- a: 1\nb: 2":       false, // another indentation
		"- a: 1\n  b: 3":     false,
		"two\none":           false,
		"a: 1":               false, // not a whole line
		"on\ntwo":            false,
		"one and\ntwo":       false,
		"three":              false,
	} {
		if got := isIn(strings.Split(text, "\n"), file); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}

// The page has numbers of --config.check in its tables; the test computes them again.
func TestDocs_TablesMatchTheProgram(t *testing.T) {
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := program.Build(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	rows := regexp.MustCompile(`(?m)^\| ([\d,]+) \| (\d+) \| (\w+) \| ([\d,]+) \| ([\d.]+) of (\d+) \|`).FindAllStringSubmatch(string(text), -1)
	if len(rows) < 6 {
		t.Fatalf("found only %d rows", len(rows))
	}
	plain := func(s string) string { return strings.ReplaceAll(s, ",", "") }
	for _, row := range rows {
		printed := check(t, filepath.Join(dir, "realtimekit_exporter"), plain(row[1]), row[2], row[3])
		for _, want := range []string{
			"series: up to " + plain(row[4]) + ",",
			"up to " + row[5] + " of " + row[6] + " per 5m",
		} {
			if !strings.Contains(printed, want) {
				t.Errorf("%s\n--config.check prints\n%s", row[0], printed)
			}
		}
	}
}
