package e2e

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/promql/parser"
)

func TestRulesAreLoadedAsDocumented(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, path := range []string{recordingRules, alertRules} {
		write(t, filepath.Join(dir, filepath.Base(path)), readText(t, path))
	}
	write(t, filepath.Join(dir, "prometheus.yml"), section(t, "../docs/rules.md", "prometheus"))
	promtool(t, dir, "check", "config", "prometheus.yml")
}

func TestTheQueryForOnePointPerDayIsTheOneTested(t *testing.T) {
	t.Parallel()
	one := func(expr string) string {
		tree, err := parser.NewParser(parser.Options{}).ParseExpr(expr)
		if err != nil {
			t.Fatalf("%s: %v", expr, err)
		}
		return tree.String()
	}
	want := one(section(t, "../docs/rules.md", "daily"))
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
