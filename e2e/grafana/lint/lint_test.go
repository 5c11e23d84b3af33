package lint

import (
	"slices"
	"strings"
	"testing"
)

// lint says what is wrong with dashboards, by their files' names.
func lint(files map[string][]byte, metrics map[string]documentedMetric) ([]string, error) {
	boards, err := lintRead(files)
	if err != nil {
		return nil, err
	}
	var wrong []string
	for name := range lintUIDs() {
		if _, ok := files[name]; !ok {
			wrong = append(wrong, "there is no "+name)
		}
	}
	for _, b := range boards {
		wrong = append(wrong, lintShape(b)...)
	}
	return append(wrong, lintQueries(boards, metrics)...), nil
}

func TestLint_CommittedDashboards(t *testing.T) {
	wrong, err := lint(committedDashboards(t), documentedMetrics(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, complaint := range wrong {
		t.Error(complaint)
	}
}

// A dashboard without a matcher of the job and with a title twice breaks a rule of
// queries and a rule of the shape.
func TestLint_BrokenDashboards(t *testing.T) {
	const name = "exporter.json"
	files := committedDashboards(t)
	board := string(files[name])
	for from, to := range map[string]string{`job=~\"$job\",`: "", `"title": "Memory"`: `"title": "Goroutines"`} {
		if !strings.Contains(board, from) {
			t.Fatalf("%s has no %s", name, from)
		}
		board = strings.ReplaceAll(board, from, to)
	}
	files[name] = []byte(board)
	wrong, err := lint(files, documentedMetrics(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"label job", "has the title"} {
		if !slices.ContainsFunc(wrong, func(s string) bool { return strings.Contains(s, want) }) {
			t.Errorf("no complaint %q in %q", want, wrong)
		}
	}
}
