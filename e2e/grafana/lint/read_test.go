package lint

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A lintBoard is what the linter looks at in a dashboard.
type lintBoard struct {
	file string
	raw  any // the same, whole

	UID, Title, Timezone string
	Tags                 []string
	Time                 struct{ From, To string }
	Panels               []lintPanel
	Templating           struct{ List []lintVariable }
	Annotations          struct{ List []struct{ Name, Expr string } }
	Links                []struct {
		URL                   string
		IncludeVars, KeepTime bool
	}
}

type lintPanel struct {
	ID                                           int
	Type, Title, Description, Interval, TimeFrom string
	MaxDataPoints                                float64
	GridPos                                      struct{ X, Y, W, H int }
	Targets                                      []lintTarget
	Transformations                              []struct{ ID string }
	Panels                                       []lintPanel // of a row
	FieldConfig                                  struct {
		Defaults struct {
			Unit, NoValue string
			Custom        struct{ BarAlignment int }
		}
	}
}

type lintTarget struct {
	Expr, RefID, Interval string
	Instant, Range        bool
	PanelID               int
}

type lintVariable struct {
	Name, Type, AllValue string
	Query                any
	Multi, IncludeAll    bool
	Refresh              int
	Current              any
}

// all returns a dashboard's panels and rows, those within rows too.
func (b lintBoard) all() []lintPanel {
	var all []lintPanel
	for _, p := range b.Panels {
		all = append(append(all, p), p.Panels...)
	}
	return all
}

// lintRead reads dashboards by their file's name.
func lintRead(files map[string][]byte) ([]lintBoard, error) {
	var boards []lintBoard
	for file, content := range files {
		b := lintBoard{file: file}
		if err := json.Unmarshal(content, &b); err != nil {
			return nil, err
		}
		if err := json.Unmarshal(content, &b.raw); err != nil {
			return nil, err
		}
		boards = append(boards, b)
	}
	return boards, nil
}

// committedDashboards are what users import.
func committedDashboards(t *testing.T) map[string][]byte {
	t.Helper()
	paths, err := filepath.Glob("../../../dashboards/*.json")
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		files[filepath.Base(path)] = content
	}
	return files
}

// A documented metric is a row of the README's table.
type documentedMetric struct {
	labels    []string
	histogram bool
}

// documentedMetrics reads the README's table of metrics, which a test of the
// exporter compares with what it gathers.
func documentedMetrics(t *testing.T) map[string]documentedMetric {
	t.Helper()
	readme, err := os.ReadFile("../../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(readme), "<!-- metrics -->")
	table, _, _ = strings.Cut(table, "<!-- /metrics -->")
	metrics := map[string]documentedMetric{}
	for line := range strings.Lines(table) {
		cells := strings.Split(line, " | ")
		if name, ok := strings.CutPrefix(cells[0], "| `"); ok {
			metrics[strings.TrimSuffix(name, "`")] = documentedMetric{
				labels: strings.Split(strings.TrimSpace(cells[2]), ", "), histogram: strings.HasPrefix(cells[1], "histogram"),
			}
		}
	}
	if len(metrics) == 0 {
		t.Fatal("the README has no table of metrics")
	}
	return metrics
}
