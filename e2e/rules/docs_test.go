package rules

import (
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
	harness.WriteFile(t, filepath.Join(dir, "prometheus.yml"), harness.Section(t, "../../docs/rules.md", "prometheus"))
	promtool(t, dir, "check", "config", "prometheus.yml")
}

func TestRules_DocumentedDailyQueryIsTested(t *testing.T) {
	t.Parallel()
	want := normal(t, harness.Section(t, "../../docs/rules.md", "daily"))
	var file struct {
		Tests []struct {
			Queries []struct{ Expr string } `yaml:"promql_expr_test"`
		}
	}
	readYAML(t, rulesDir+"tests/recording.yml", &file)
	tested := 0
	for _, test := range file.Tests {
		for _, query := range test.Queries {
			if strings.Contains(query.Expr, "offset") && normal(t, query.Expr) == want {
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
