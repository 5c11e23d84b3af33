package e2e

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
)

func TestPromisedQueriesGiveTheRightNumbers(t *testing.T) {
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
			a := newAccount(t)
			exporters := []*process{a.startExporter(t)}
			for range test.replicas - 1 {
				// The first one has asked before today has grown.
				if _, _, err := get(t.Context(), exporters[0].url+"/metrics", ""); err != nil {
					t.Fatal(err)
				}
				a.api.SetDay(busy, apitest.Day{Date: a.date(0), Sessions: 4, IngestSeconds: 5_000, ViewerSeconds: 9_000_001_000})
				exporters = append(exporters, a.startExporter(t))
			}
			prom := startPrometheus(t, job("realtimekit", exporters, test.labels))
			prom.awaitScrapes(t, test.replicas, 3)

			for _, measure := range []string{"sessions", "ingest_seconds", "viewer_seconds"} {
				expectSums(t, prom, a, measure)
				expectDays(t, prom, a, measure)
			}
			expectAudience(t, prom, a)
			expectAges(t, prom, a)
			prom.expect(t, "count by (app) (group by (app, app_id) (realtimekit_app_info))", samples{
				`{app="name of busy-app"}`: 1, `{app="name of quiet-app"}`: 1, `{app="name of empty-app"}`: 1,
			})
			prom.expect(t, `count(realtimekit_exporter_build_info{version="7"})`, samples{})
		})
	}
}

// sums adds up the days of each app that are so many days old. An app that
// shows none of them has no sum.
func (a *account) sums(measure string, youngest, oldest int) samples {
	sums := samples{}
	for _, app := range a.apps {
		days := a.days(app)
		for i, d := range days {
			if age := len(days) - 1 - i; age >= youngest && age <= oldest {
				sums[fmt.Sprintf("{app=%q}", "name of "+app)] += float64(measures(d)[measure])
			}
		}
	}
	return sums
}

func expectSums(t *testing.T, prom prometheus, a *account, measure string) {
	t.Helper()
	m := "max by (app, date) (" + daily + measure + ")"
	for promql, want := range map[string]samples{
		"sum by (app) (" + m + " and on (date) (time() - " + dateStart + " < 86400))":            a.sums(measure, 0, 0),
		"sum by (app) (" + m + " and on (date) (time() - " + dateStart + " >= 86400 < 2*86400))": a.sums(measure, 1, 1),
		"sum by (app) (" + m + " and on (date) (time() - " + dateStart + " >= 86400 < 8*86400))": a.sums(measure, 1, 7),
		"sum by (app) (" + m + ")": a.sums(measure, 0, windowDays-1),
	} {
		prom.expect(t, promql, want)
		documented(t, strings.ReplaceAll(promql, measure, "sessions"))
	}
}

// documented fails the test unless the README offers a query.
func documented(t *testing.T, promql string) {
	t.Helper()
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(readme), "`"+promql+"`") {
		t.Errorf("the README does not have the query %s", promql)
	}
}

// expectAges asks how old the data is, and whether yesterday's is final.
func expectAges(t *testing.T, prom prometheus, a *account) {
	t.Helper()
	const success = "max by (app) (realtimekit_report_last_success_timestamp_seconds)"
	for promql, compare := range map[string]string{
		"time() - " + success:                          " < 600",
		success + " >= scalar(max(" + dateStart + "))": "",
	} {
		documented(t, promql)
		prom.expect(t, "count("+promql+compare+")", samples{"{}": float64(len(a.apps))})
	}
}

// expectDays asks for one point per day, at its 00:00 UTC.
func expectDays(t *testing.T, prom prometheus, a *account, measure string) {
	t.Helper()
	forward := fmt.Sprintf("[%dd] offset -%[1]dd", windowDays+1)
	promql := "sum by (app) (max by (app, date) (last_over_time(" + daily + measure + forward + "))" +
		" and on (date) (max by (date) (last_over_time(" + dateStart + forward + ")) == time()))"

	documented(t, strings.ReplaceAll(promql, measure, "sessions"))

	want := map[string]float64{}
	for _, app := range a.apps {
		for _, d := range a.days(app) {
			want[fmt.Sprintf("name of %s at %sT00:00:00Z", app, d.Date)] = float64(measures(d)[measure])
		}
	}
	got, err := prom.queryDays(t.Context(), promql, a.day(1-windowDays), a.day(0))
	if err == nil {
		err = differ(got, want)
	}
	if err != nil {
		t.Errorf("%s: %v", promql, err)
	}
}

// expectAudience asks for viewers at a time, over the window and by day, where
// days without ingest have none.
func expectAudience(t *testing.T, prom prometheus, a *account) {
	t.Helper()
	viewer, ingest := a.sums("viewer_seconds", 0, windowDays), a.sums("ingest_seconds", 0, windowDays)
	window, byDay := samples{}, samples{}
	for app, v := range viewer {
		window[app] = v / ingest[app]
	}
	for _, app := range a.apps {
		for _, d := range a.days(app) {
			if d.IngestSeconds > 0 {
				byDay[fmt.Sprintf("{app=%q, date=%q}", "name of "+app, d.Date)] = float64(d.ViewerSeconds) / float64(d.IngestSeconds)
			}
		}
	}
	v := "max by (app, date) (" + daily + "viewer_seconds)"
	i := "max by (app, date) (" + daily + "ingest_seconds)"
	audience := "sum by (app) (" + v + ") / (sum by (app) (" + i + ") > 0)"
	documented(t, audience)
	prom.expect(t, audience, window)
	prom.expect(t, v+" / ("+i+" > 0)", byDay)
}
