// Package lint checks the files of the dashboards, without a Grafana.
package lint

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness"
)

// A board is what the linter reads of a dashboard.
type board struct {
	file    string
	problem func(format string, args ...any)

	UID, Title, Timezone string
	Tags                 []string
	Panels               []panel
	Templating           struct{ List []variable }
	Links                []struct {
		URL                   string
		IncludeVars, KeepTime bool
	}
}

type panel struct {
	ID                                 int
	Type, Title, Description, TimeFrom string
	GridPos                            struct{ X, Y, W, H int }
	Targets                            []target
	Transformations                    []struct{ ID string }
	Panels                             []panel // of a row
	FieldConfig                        struct {
		Defaults  struct{ NoValue string }
		Overrides []struct{ Properties []struct{ ID string } }
	}
}

type target struct {
	Expr, RefID    string
	Instant, Range bool
	PanelID        int
}

type variable struct {
	Name, Type, AllValue string
	Query                any
	Multi, IncludeAll    bool
	Refresh              int
	Current              any
}

// all returns the panels and rows, with those in rows.
func (b board) all() (all []panel) {
	for _, p := range b.Panels {
		all = append(append(all, p), p.Panels...)
	}
	return all
}

// dashboards returns the content of the files by name.
func dashboards(t *testing.T) map[string][]byte {
	t.Helper()
	root := filepath.Join("..", harness.Root)
	files := map[string][]byte{}
	for _, name := range []string{"livestreams.json", "meetings.json", "exporter.json"} {
		content, err := os.ReadFile(filepath.Join(root, "dashboards", name))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = content
	}
	return files
}

// documented returns the labels of each metric in docs/reference.md, which a test of
// the exporter compares with the code.
func documented(t *testing.T) map[string][]string {
	t.Helper()
	reference, err := os.ReadFile(filepath.Join("..", harness.Root, "docs/reference.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(reference), "<!-- metrics -->")
	table, _, _ = strings.Cut(table, "<!-- /metrics -->")
	metrics := map[string][]string{}
	for line := range strings.Lines(table) {
		cells := strings.Split(line, " | ")
		if name, ok := strings.CutPrefix(cells[0], "| `"); ok {
			metrics[strings.TrimSuffix(name, "`")] = strings.Split(strings.TrimSpace(cells[2]), ", ")
		}
	}
	if len(metrics) == 0 {
		t.Fatal("no table of metrics in the reference")
	}
	return metrics
}

// read returns the dashboard in a file, and its content.
func read(file string, content []byte, problem func(string, ...any)) (b board, raw any, err error) {
	b = board{file: file, problem: problem}
	if err = json.Unmarshal(content, &b); err == nil {
		err = json.Unmarshal(content, &raw)
	}
	return b, raw, err
}
