package exporter

import (
	"fmt"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/promql/parser"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness"
)

func TestPromQL_DocumentedQueries(t *testing.T) {
	docs := readQueries(t, "../../docs/queries.md")
	for name, test := range map[string]struct {
		replicas int
		labels   map[string]string
	}{
		"with one exporter": {replicas: 1},
		"with two replicas": {replicas: 2},
		"when targets carry labels app and version of their own": {
			replicas: 2, labels: map[string]string{"app": "streaming", "version": "7"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := harness.NewAccount(t)
			exporters := []*harness.Process{a.StartExporter(t)}
			for range test.replicas - 1 {
				// The first one has fetched before today has grown.
				if _, _, err := harness.Get(t.Context(), exporters[0].URL+"/metrics", ""); err != nil {
					t.Fatal(err)
				}
				a.API.SetDay(harness.Busy, apitest.Day{Date: a.Date(0), Sessions: 4, IngestSeconds: 5_000, ViewerSeconds: 9_000_001_000})
				exporters = append(exporters, a.StartExporter(t))
			}
			prom := harness.StartPrometheus(t, harness.Job("realtimekit", exporters, test.labels))
			prom.AwaitScrapes(t, test.replicas, 3)

			for _, measure := range []string{"sessions", "ingest_seconds", "viewer_seconds"} {
				expectSums(t, prom, docs, a, measure)
				expectDays(t, prom, docs, a, measure)
			}
			expectAudience(t, prom, docs, a)
			expectAges(t, prom, docs, a)
			prom.Expect(t, "count by (app) (group by (app, app_id) (realtimekit_app_info))", harness.Samples{
				`{app="name of busy-app"}`: 1, `{app="name of quiet-app"}`: 1, `{app="name of empty-app"}`: 1,
			})
			prom.Expect(t, `count(realtimekit_exporter_build_info{version="7"})`, harness.Samples{})
		})
	}
	for promql, tested := range docs {
		if !tested {
			t.Errorf("no test runs the documented query %s", promql)
		}
	}
	for promql := range readQueries(t, "../../README.md") {
		docs.test(t, promql)
	}
}

// queries are those of a page, each written as Prometheus does, and whether they are tested.
type queries map[string]bool

func readQueries(t *testing.T, path string) queries {
	t.Helper()
	found := queries{}
	for _, block := range strings.Split(harness.ReadFile(t, path), "```promql\n")[1:] {
		promql, _, _ := strings.Cut(block, "```")
		found[normal(t, promql)] = false
	}
	if len(found) == 0 {
		t.Fatalf("%s has no queries", path)
	}
	return found
}

// test marks a query as tested, and fails the test if it is not documented.
func (q queries) test(t *testing.T, promql string) {
	t.Helper()
	promql = normal(t, promql)
	if _, ok := q[promql]; !ok {
		t.Errorf("docs/queries.md does not have the query %s", promql)
		return
	}
	q[promql] = true
}

func normal(t *testing.T, promql string) string {
	t.Helper()
	tree, err := parser.NewParser(parser.Options{}).ParseExpr(promql)
	if err != nil {
		t.Fatalf("%s: %v", promql, err)
	}
	return tree.String()
}

// sums adds up the days of each app with these ages. An app that has none of these days
// has no sum.
func sums(a *harness.Account, measure string, youngest, oldest int) harness.Samples {
	sums := harness.Samples{}
	for _, app := range a.Apps {
		days := a.Days(app)
		for i, d := range days {
			if age := len(days) - 1 - i; age >= youngest && age <= oldest {
				sums[fmt.Sprintf("{app=%q}", "name of "+app)] += float64(harness.Measures(d)[measure])
			}
		}
	}
	return sums
}

// days are the days of each app, one sample per day.
func days(a *harness.Account, measure string) harness.Samples {
	days := harness.Samples{}
	for _, app := range a.Apps {
		for _, d := range a.Days(app) {
			days[fmt.Sprintf("{app=%q, date=%q}", "name of "+app, d.Date)] = float64(harness.Measures(d)[measure])
		}
	}
	return days
}

func expectSums(t *testing.T, prom harness.Prometheus, docs queries, a *harness.Account, measure string) {
	t.Helper()
	m := "max by (app, date) (" + harness.Daily + measure + ")"
	for promql, want := range map[string]harness.Samples{
		"sum by (app) (" + m + " and on (date) (time() - " + harness.DateStart + " < 86400))":            sums(a, measure, 0, 0),
		"sum by (app) (" + m + " and on (date) (time() - " + harness.DateStart + " >= 86400 < 2*86400))": sums(a, measure, 1, 1),
		"sum by (app) (" + m + " and on (date) (time() - " + harness.DateStart + " >= 86400 < 8*86400))": sums(a, measure, 1, 7),
		"sum by (app) (" + m + ")": sums(a, measure, 0, harness.WindowDays-1),
		m:                          days(a, measure),
	} {
		prom.Expect(t, promql, want)
		docs.test(t, strings.ReplaceAll(promql, measure, "sessions"))
	}
}

// expectAges checks the age of the data, and whether yesterday's is final.
func expectAges(t *testing.T, prom harness.Prometheus, docs queries, a *harness.Account) {
	t.Helper()
	const success = "realtimekit_report_last_success_timestamp_seconds"
	for promql, compare := range map[string]string{
		"time() - max by (app, report) (" + success + ")":                                                " < 600",
		"max by (app) (" + success + `{report="livestreams"}) >= scalar(max(` + harness.DateStart + "))": "",
	} {
		docs.test(t, promql)
		prom.Expect(t, "count("+promql+compare+")", harness.Samples{"{}": float64(len(a.Apps))})
	}
}

// expectDays expects one point per day, at its 00:00 UTC.
func expectDays(t *testing.T, prom harness.Prometheus, docs queries, a *harness.Account, measure string) {
	t.Helper()
	forward := fmt.Sprintf("[%dd] offset -%[1]dd", harness.WindowDays+1)
	promql := "sum by (app) (max by (app, date) (last_over_time(" + harness.Daily + measure + forward + "))" +
		" and on (date) (max by (date) (last_over_time(" + harness.DateStart + forward + ")) == time()))"

	docs.test(t, strings.ReplaceAll(promql, measure, "sessions"))

	want := map[string]float64{}
	for _, app := range a.Apps {
		for _, d := range a.Days(app) {
			want[fmt.Sprintf("name of %s at %sT00:00:00Z", app, d.Date)] = float64(harness.Measures(d)[measure])
		}
	}
	got, err := prom.QueryDays(t.Context(), promql, a.Day(1-harness.WindowDays), a.Day(0))
	if err == nil {
		err = harness.Diff(got, want)
	}
	if err != nil {
		t.Errorf("%s: %v", promql, err)
	}
}

// expectAudience checks the average number of viewers, over the window and by day, where
// days without ingest have none.
func expectAudience(t *testing.T, prom harness.Prometheus, docs queries, a *harness.Account) {
	t.Helper()
	viewer, ingest := sums(a, "viewer_seconds", 0, harness.WindowDays), sums(a, "ingest_seconds", 0, harness.WindowDays)
	window, byDay := harness.Samples{}, harness.Samples{}
	for app, v := range viewer {
		window[app] = v / ingest[app]
	}
	for _, app := range a.Apps {
		for _, d := range a.Days(app) {
			if d.IngestSeconds > 0 {
				byDay[fmt.Sprintf("{app=%q, date=%q}", "name of "+app, d.Date)] = float64(d.ViewerSeconds) / float64(d.IngestSeconds)
			}
		}
	}
	v := "max by (app, date) (" + harness.Daily + "viewer_seconds)"
	i := "max by (app, date) (" + harness.Daily + "ingest_seconds)"
	audience := "sum by (app) (" + v + ") / (sum by (app) (" + i + ") > 0)"
	docs.test(t, audience)
	prom.Expect(t, audience, window)
	docs.test(t, v+" / ("+i+" > 0)")
	prom.Expect(t, v+" / ("+i+" > 0)", byDay)
}
