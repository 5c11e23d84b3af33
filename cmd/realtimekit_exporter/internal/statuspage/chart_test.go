package statuspage_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector"
)

func TestChart(t *testing.T) {
	run(t, twoApps, func(f *fixture) {
		f.scrape()
		card := f.card(f.page(""), "main-stage")
		f.contains(card, "1,236 Sessions maximum 1,234 on 2000-01-07",
			"[Sessions per day from 2000-01-06 to 2000-01-10, 1,236 in total, maximum 1,234 on 2000-01-07, 2 on the current day, 0 on 2 days, 1 day unknown.]",
			"[Viewer hours per day from 2000-01-06 to 2000-01-10, 25.0 in total, maximum 25.0 on 2000-01-07, under 0.1 on the current day, 0 on 2 days, 1 day unknown.]",
			"Day Sessions Ingest hours Viewer hours 2000-01-10 (current day) 2 under 0.1 under 0.1 2000-01-09 0 0.0 0.0 2000-01-08 0 0.0 0.0 2000-01-07 1,234 1.5 25.0 2000-01-06 unknown unknown unknown")

		const paths = `<path class="unknown" d="M0 0h1v40h-1z"/><path class="dashes" vector-effect="non-scaling-stroke" d="M0.3 20h.4"/><path class="bars" d="M1.15 40h.7V1.0h-.7z"/>` +
			`<path class="zeros" d="M2.15 40h.7v-1h-.7zM3.15 40h.7v-1h-.7z"/><path class="today" vector-effect="non-scaling-stroke" d="M4.15 40h.7V39.0h-.7z"/></svg>`
		if got := strings.Count(card, paths); got != 2 {
			t.Errorf("%d charts have the expected paths, want 2:\n%s", got, card)
		}
	})
}

// A report needs nothing in this package. Its metrics can cover different days.
func TestPage_SecondReport(t *testing.T) {
	day := func(n int, value float64) collector.Row {
		return collector.Row{Date: time.Date(2000, 1, n, 0, 0, 0, 0, time.UTC), Value: value}
	}
	rows := [][]collector.Row{{day(7, 4)}, {day(10, 5400)}, nil}
	report := collector.Report{
		Name: "visits",
		Metrics: []collector.Metric{
			{Name: "test_visits", Help: "Visits.", Title: "Visits", Unit: 1, Chart: true},
			{Name: "test_visit_seconds", Help: "Time of visits.", Title: "Visit hours", Unit: 3600, Chart: true},
			{Name: "test_empty", Help: "Nothing.", Title: "Nothing", Unit: 1, Chart: true},
		},
		TTL:      func(*collector.Plan) time.Duration { return time.Hour },
		MaxStale: func(*collector.Plan) time.Duration { return 24 * time.Hour },
		Fetch: func(ctx context.Context, c *api.Client, app api.App, window func() api.Window) (collector.Data, error) {
			l, err := c.LivestreamDays(ctx, app, window) // for its window
			return collector.Data{Window: l.Window, Rows: rows}, err
		},
	}
	run(t, func(f *fixture) { f.plan.Reports = append(f.plan.Reports, report) }, func(f *fixture) {
		f.scrape()
		page := f.page("?app=stage")
		f.contains(page, "Both apps are healthy.", "1 of 2 apps matches.", "Report livestreams, app stage-id",
			"Report visits, app stage-id, account "+accountID,
			"[Visits per day from 2000-01-06 to 2000-01-10, 4 in total, maximum 4 on 2000-01-07, 0 on the current day, 0 on 3 days, 1 day unknown.]",
			"[Visit hours per day from 2000-01-06 to 2000-01-10, 1.5 in total, maximum 1.5 on 2000-01-10, 1.5 on the current day, 4 days unknown.]",
			"[Nothing per day from 2000-01-06 to 2000-01-10, no day is known.]",
			"Days known 4 of 5", "Day Visits Visit hours Nothing 2000-01-10 (current day) 0 1.5 unknown 2000-01-09 0 unknown unknown",
			"Needed by these apps up to 0.9 per 5m")

		<-time.After(25 * time.Hour)
		f.contains(f.page(""), "The last successful response is older than cache.max_stale (1d), so its days are no longer shown.")
	})
}
