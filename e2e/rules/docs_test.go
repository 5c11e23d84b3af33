package rules

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/promql/parser"

	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness"
)

func TestRules_LoadAsDocumented(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, path := range []string{recordingRules, alertRules} {
		harness.WriteFile(t, filepath.Join(dir, filepath.Base(path)), harness.ReadFile(t, path))
	}
	harness.WriteFile(t, filepath.Join(dir, "prometheus.yml"), section(t, "../../docs/rules.md", "prometheus"))
	promtool(t, dir, "check", "config", "prometheus.yml")
}

func TestRules_DocumentedDailyQueryIsTested(t *testing.T) {
	t.Parallel()
	one := func(expr string) string { return normal(t, expr) }
	want := one(section(t, "../../docs/rules.md", "daily"))
	var file struct {
		Tests []struct {
			Queries []struct{ Expr string } `yaml:"promql_expr_test"`
		}
	}
	readYAML(t, rulesDir+"tests/recording.yml", &file)
	tested := 0
	for _, test := range file.Tests {
		for _, query := range test.Queries {
			if strings.Contains(query.Expr, "offset") && one(query.Expr) == want {
				tested++
			}
		}
	}
	if tested < 3 {
		t.Errorf("%s is tested %d times", want, tested)
	}
}

// normal writes an expression as Prometheus would.
func normal(t *testing.T, expr string) string {
	t.Helper()
	tree, err := parser.NewParser(parser.Options{}).ParseExpr(expr)
	if err != nil {
		t.Fatalf("%s: %v", expr, err)
	}
	return tree.String()
}

// Which second belongs to which day is tested with the query of the documentation.
func TestRules_RecordedPanelsUseTheDocumentedQuery(t *testing.T) {
	t.Parallel()
	want := normal(t, section(t, "../../docs/rules.md", "daily"))
	documented := strings.NewReplacer(`{app=~"$app"}`, "", " / 3600", "", "ingest_seconds:", "sessions:", "viewer_seconds:", "sessions:",
		"realtimekit_livestream_viewer_seconds_per_ingest_seconds:ratio_", "realtimekit_livestream_daily_sessions:")
	panels := 0
	for _, p := range recordedPanels(t) {
		panels++
		for _, asked := range p.Targets {
			if got := normal(t, documented.Replace(asked.Expr)); got != want {
				t.Errorf("panel %q asks %s, want %s", p.Title, got, want)
			}
		}
	}
	if panels != 4 {
		t.Errorf("%d panels are of recorded days, want 4", panels)
	}
}

// A recordedPanel is a panel of the livestreams dashboard that shows recorded series.
type recordedPanel struct {
	Title   string
	Targets []struct{ Expr string }
	Panels  []recordedPanel // of a row
}

func recordedPanels(t *testing.T) (found []recordedPanel) {
	t.Helper()
	var dashboard struct{ Panels []recordedPanel }
	if err := json.Unmarshal([]byte(harness.ReadFile(t, "../../dashboards/livestreams.json")), &dashboard); err != nil {
		t.Fatal(err)
	}
	for _, row := range dashboard.Panels {
		for _, p := range append(row.Panels, row) {
			if strings.HasSuffix(p.Title, ", recorded") {
				found = append(found, p)
			}
		}
	}
	return found
}
