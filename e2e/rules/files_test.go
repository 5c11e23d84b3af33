package rules

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/promql/parser"
	"go.yaml.in/yaml/v3"

	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness"
)

const (
	rulesDir       = "../../dashboards/rules/"
	recordingRules = rulesDir + "recording.yml"
	alertRules     = rulesDir + "alerts.yml"
)

// A rule is one of a rule file: its name is in either Record or Alert.
type rule struct {
	Record, Alert, Expr, For string
	Labels, Annotations      map[string]string
}

func readRules(t *testing.T, path string) (rules []rule) {
	t.Helper()
	var file struct{ Groups []struct{ Rules []rule } }
	readYAML(t, path, &file)
	for _, group := range file.Groups {
		rules = append(rules, group.Rules...)
	}
	if len(rules) == 0 {
		t.Fatalf("%s has no rules", path)
	}
	return rules
}

func readYAML(t *testing.T, path string, into any) {
	t.Helper()
	if err := yaml.Unmarshal([]byte(harness.ReadFile(t, path)), into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// rows returns the cells of a table, without its head.
func rows(t *testing.T, path, name string) (table [][]string) {
	t.Helper()
	for line := range strings.Lines(harness.Section(t, path, name)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		for i := range cells {
			cells[i] = strings.Trim(strings.TrimSpace(cells[i]), "`")
		}
		table = append(table, cells)
	}
	if len(table) < 3 {
		t.Fatalf("%s: the table %s is empty", path, name)
	}
	return table[2:]
}

// selectors returns what an expression selects, by metric and matchers.
func selectors(t *testing.T, expr string) (found []*parser.VectorSelector) {
	t.Helper()
	tree, err := parser.NewParser(parser.Options{}).ParseExpr(expr)
	if err != nil {
		t.Fatalf("%s: %v", expr, err)
	}
	parser.Inspect(tree, func(node parser.Node, _ []parser.Node) error {
		if s, ok := node.(*parser.VectorSelector); ok {
			found = append(found, s)
		}
		return nil
	})
	return found
}

// promtool runs in a folder, and fails the test unless it ends well.
func promtool(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "promtool", args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// ruleTests are the files that promtool tests the rules by.
func ruleTests(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(rulesDir + "tests/*.yml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no tests of rules: %v", err)
	}
	return files
}
