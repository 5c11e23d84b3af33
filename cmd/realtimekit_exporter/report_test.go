package main

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector"
)

// A report in the list is enough for the table of metrics, and for the forecasts of
// --config.check. The exposition and the status page are tested in their packages.
func TestReport_SecondOneInTableAndCheck(t *testing.T) {
	second := collector.Report{
		Name:     "rooms",
		Metrics:  []collector.Metric{{Name: "realtimekit_room_daily_sessions", Help: "Sessions of rooms."}},
		TTL:      func(p *collector.Plan) time.Duration { return p.TTL },
		MaxStale: func(p *collector.Plan) time.Duration { return p.MaxStale },
		Fetch: func(ctx context.Context, c *api.Client, app api.App, window func() api.Window) (collector.Data, error) {
			l, err := c.LivestreamDays(ctx, app, window)
			return collector.Data{Window: l.Window, Rows: [][]collector.Row{{{Date: api.Day(l.Window.End), Value: 1}}}}, err
		},
	}
	reports := append(collector.Reports(), second)
	if row := "| `realtimekit_room_daily_sessions` | gauge | app, date | Sessions of rooms |\n"; !strings.Contains(metricTable(t, reports), row) {
		t.Errorf("the table lacks %s", row)
	}

	output := func(reports []collector.Report) []string {
		var text bytes.Buffer
		err := check(t.Context(), func() (*loaded, error) {
			l, err := loadDemo(time.Now)
			l.plan.Reports = reports
			return l, err
		}, newCommandLine().options, &text)
		if err != nil {
			t.Fatal(err)
		}
		return slices.Collect(strings.Lines(text.String()))
	}
	// 5 apps, 35 days: 35 + 3 series, and for each app 1 + 3×35 + 16, then 35 + 16 more.
	for i, want := range [][]string{{"up to 648,", "up to 1.9 per 5m"}, {"up to 903,", "up to 3.7 per 5m"}} {
		got := output([][]collector.Report{collector.Reports(), reports}[i])
		if len(got) != 3 || !strings.Contains(got[1], want[0]) || !strings.Contains(got[2], want[1]) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
