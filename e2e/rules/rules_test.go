package rules

import (
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"

	"github.com/realtimekit-exporter/realtimekit_exporter/collector"
	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness"
)

func TestRules_PassTheirPromtoolTests(t *testing.T) {
	t.Parallel()
	promtool(t, rulesDir, "check", "rules", "--lint=all", "--lint-fatal", "recording.yml", "alerts.yml")
	for _, file := range ruleTests(t) {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yml"), func(t *testing.T) {
			t.Parallel()
			promtool(t, filepath.Dir(file), "test", "rules", filepath.Base(file))
		})
	}
}

func TestAlerts_AreTestedFiringAndNotFiring(t *testing.T) {
	t.Parallel()
	fires, silent := map[string]bool{}, map[string]bool{}
	for _, file := range ruleTests(t) {
		var tests struct {
			Tests []struct {
				Alerts []struct {
					Name     string `yaml:"alertname"`
					Expected []any  `yaml:"exp_alerts"`
				} `yaml:"alert_rule_test"`
			}
		}
		readYAML(t, file, &tests)
		for _, test := range tests.Tests {
			for _, alert := range test.Alerts {
				if len(alert.Expected) > 0 {
					fires[alert.Name] = true
				} else {
					silent[alert.Name] = true
				}
			}
		}
	}
	want := map[string]bool{}
	for _, rule := range readRules(t, alertRules) {
		want[rule.Alert] = true
	}
	if err := harness.Diff(fires, want); err != nil {
		t.Errorf("alerts that fire in a test: %v", err)
	}
	if err := harness.Diff(silent, want); err != nil {
		t.Errorf("alerts that are silent in a test: %v", err)
	}
}

func TestAlerts_HaveAnnotationsAndRunbook(t *testing.T) {
	t.Parallel()
	const runbook = "https://github.com/realtimekit-exporter/realtimekit_exporter/blob/main/docs/runbook.md#"
	name := regexp.MustCompile(`^RealtimeKit([A-Z][a-z]+)+$`)
	var names, table []string
	for _, rule := range readRules(t, alertRules) {
		anchor := strings.ToLower(rule.Alert)
		names = append(names, rule.Alert)
		table = append(table, strings.Join([]string{"[`" + rule.Alert + "`](runbook.md#" + anchor + ")", rule.Labels["severity"], rule.For}, ", "))
		if !name.MatchString(rule.Alert) {
			t.Errorf("%s is not named as the others", rule.Alert)
		}
		if !slices.Contains([]string{"critical", "warning", "info"}, rule.Labels["severity"]) || len(rule.Labels) != 1 {
			t.Errorf("%s has the labels %v", rule.Alert, rule.Labels)
		}
		if d, err := model.ParseDuration(rule.For); err != nil || time.Duration(d) < 5*time.Minute {
			t.Errorf("%s waits %q, which is no longer than two failing scrapes: %v", rule.Alert, rule.For, err)
		}
		if got, want := slices.Sorted(maps.Keys(rule.Annotations)), []string{"description", "runbook_url", "summary"}; !slices.Equal(got, want) {
			t.Errorf("%s has the annotations %q", rule.Alert, got)
		}
		for _, text := range []string{rule.Annotations["summary"], rule.Annotations["description"]} {
			if len(text) < 20 || !strings.HasSuffix(text, ".") {
				t.Errorf("%s has %q", rule.Alert, text)
			}
		}
		if got := rule.Annotations["runbook_url"]; got != runbook+anchor {
			t.Errorf("%s links %q", rule.Alert, got)
		}
	}

	var sections []string
	for _, m := range regexp.MustCompile(`(?m)^## (.+)$`).FindAllStringSubmatch(harness.ReadFile(t, "../../docs/runbook.md"), -1) {
		sections = append(sections, m[1])
	}
	if !slices.Equal(sections, names) {
		t.Errorf("the runbook has sections for\n%q, and alerts are\n%q", sections, names)
	}
	for _, part := range strings.Split(harness.ReadFile(t, "../../docs/runbook.md"), "\n## ")[1:] {
		for _, word := range []string{"**Meaning.**", "**Impact.**", "**Diagnosis.**", "**Mitigation.**"} {
			if strings.Count(part, word) != 1 {
				t.Errorf("the runbook does not say %s once in %.40q", word, part)
			}
		}
	}
	var documented []string
	for _, cells := range rows(t, "../../docs/rules.md", "alerts") {
		documented = append(documented, strings.Join(cells[:3], ", "))
	}
	if !slices.Equal(documented, table) {
		t.Errorf("documented are\n%q, and alerts are\n%q", documented, table)
	}
}

func TestRules_RecordedSeriesAreDocumented(t *testing.T) {
	t.Parallel()
	periods := []string{"today", "yesterday", "sum7d", "sum30d"}
	name := regexp.MustCompile(`^app:realtimekit_(livestream|meeting|recording)_[a-z_]+:(ratio_)?(today|yesterday|sum7d|sum30d)$`)
	daily := regexp.MustCompile(`max by \(app, date\) \(realtimekit_(livestream|meeting|recording)_daily_`)
	var recorded, documented []string
	for _, rule := range readRules(t, recordingRules) {
		recorded = append(recorded, rule.Record)
		if !name.MatchString(rule.Record) {
			t.Errorf("%s is not level:metric:operation", rule.Record)
		}
		// The same day is one day, whoever shows it.
		sums := strings.Count(rule.Expr, "sum by (app) (")
		if sums == 0 || len(daily.FindAllString(rule.Expr, -1)) != sums {
			t.Errorf("%s may count a day twice: %s", rule.Record, rule.Expr)
		}
	}
	for _, cells := range rows(t, "../../docs/rules.md", "recorded") {
		for _, period := range periods {
			documented = append(documented, strings.Replace(cells[0], "PERIOD", period, 1))
		}
	}
	if !slices.Equal(documented, recorded) {
		t.Errorf("documented are\n%q, and recorded are\n%q", documented, recorded)
	}
}

func TestRules_SelectExporterMetricsAndNoTarget(t *testing.T) {
	t.Parallel()
	known := map[string]bool{"up": true}
	for _, cells := range rows(t, "../../docs/reference.md", "metrics") {
		known[cells[0]] = true
	}
	for _, path := range []string{recordingRules, alertRules} {
		for _, rule := range readRules(t, path) {
			for _, s := range selectors(t, rule.Expr) {
				if !known[s.Name] {
					t.Errorf("%s%s selects %s, which the exporter does not have", rule.Record, rule.Alert, s)
				}
				for _, m := range s.LabelMatchers {
					if !slices.Contains([]string{"__name__", "reason", "report"}, m.Name) {
						t.Errorf("%s%s selects %s alone", rule.Record, rule.Alert, m)
					}
				}
			}
		}
	}
}

// What is tested of the livestream sessions holds for every daily metric then, and for
// the audience.
func TestRules_AreTheSameForEveryMetric(t *testing.T) {
	t.Parallel()
	exprs := map[string]string{}
	for _, rule := range readRules(t, recordingRules) {
		exprs[rule.Record] = normal(t, rule.Expr)
	}
	periods := []string{"today", "yesterday", "sum7d", "sum30d"}
	const first = harness.Daily + "sessions"
	for _, report := range collector.Reports() {
		for _, metric := range report.Metrics {
			for _, period := range periods {
				want := strings.ReplaceAll(exprs["app:"+first+":"+period], first, metric.Name)
				if got := exprs["app:"+metric.Name+":"+period]; report.Daily() && (got == "" || got != want) {
					t.Errorf("%s of %s is\n%s\nwant\n%s", period, metric.Name, got, want)
				}
			}
		}
	}
	const perIngest = "app:realtimekit_livestream_viewer_seconds_per_ingest_seconds:ratio_"
	for _, days := range periods {
		expr := exprs["app:"+first+":"+days]
		// How many complete days there have to be comes after the quotient.
		sum, enough, _ := strings.Cut(expr, ") and on () ")
		if enough != "" {
			sum, enough = sum+")", " and on () "+enough
		}
		ingest, viewer := strings.ReplaceAll(sum, "sessions", "ingest_seconds"), strings.ReplaceAll(sum, "sessions", "viewer_seconds")
		want := viewer + " / (" + ingest + " > 0)" + enough
		if got := exprs[perIngest+days]; got != normal(t, want) {
			t.Errorf("%s%s is\n%s\nwant\n%s", perIngest, days, got, want)
		}
	}
}
