package lint

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// lint returns the problems of a dashboard.
func lint(file string, content []byte, metrics map[string][]string) (problems []string, err error) {
	b, raw, err := read(file, content, func(format string, args ...any) {
		problems = append(problems, file+": "+fmt.Sprintf(format, args...))
	})
	if err != nil {
		return nil, err
	}
	b.datasources(raw)
	b.settings(raw.(map[string]any))
	b.variables()
	b.panels()
	b.grid(b.Panels)
	for _, p := range b.Panels {
		b.grid(p.Panels)
	}
	b.queries(metrics)
	return problems, nil
}

func TestDashboards_Lint(t *testing.T) {
	for file, content := range dashboards(t) {
		problems, err := lint(file, content, documented(t))
		if err != nil {
			t.Fatal(err)
		}
		for _, problem := range problems {
			t.Error(problem)
		}
	}
}

func TestLint_FindsProblems(t *testing.T) {
	files, metrics := dashboards(t), documented(t)
	for _, test := range []struct{ name, old, new, want string }{
		{"data source", `"uid": "${datasource}"`, `"uid": "P1809F7CD0C75ACF3"`, "data source"},
		{"setting", `"timezone": "utc"`, `"timezone": "browser"`, "time zone"},
		{"variable", `"allValue": ".+"`, `"allValue": ""`, "variable"},
		{"panel", "*No data:*", "", "no data"},
		{"grid", `"x": 6`, `"x": 5`, "overlaps"},
		{"sum over replicas", "max by (app, date)", "sum by (app, date)", "max by (app, date)"},
		{"matcher", ",app=~`${app:regex}`", "", "matcher"},
		{"end of the range", "or last_over_time", "and last_over_time", "end of the range"},
		{"metric", "realtimekit_report_rows", "realtimekit_report_columns", "not documented"},
	} {
		t.Run(test.name, func(t *testing.T) {
			const file = "livestreams.json"
			broken := strings.ReplaceAll(string(files[file]), test.old, test.new)
			problems, err := lint(file, []byte(broken), metrics)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.ContainsFunc(problems, func(p string) bool { return strings.Contains(p, test.want) }) {
				t.Errorf("no problem with %q in %q", test.want, problems)
			}
		})
	}
}
