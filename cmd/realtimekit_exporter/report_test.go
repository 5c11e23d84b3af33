package main

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
	"github.com/realtimekit-exporter/realtimekit_exporter/cmd/realtimekit_exporter/internal/config"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector"
)

// A report in the list is enough for the table of metrics, and for the forecasts of
// --config.check. The exposition and the status page are tested in their packages.
func TestReport_AnotherReportInTableAndCheck(t *testing.T) {
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
	first := collector.Reports("livestreams")
	reports := append(first, second)
	if row := "| `realtimekit_room_daily_sessions` | gauge | app, date | Sessions of rooms |\n"; !strings.Contains(metricTable(t, reports), row) {
		t.Errorf("the table lacks %s", row)
	}

	output := func(reports []collector.Report) []string {
		var text bytes.Buffer
		err := checkConfig(t.Context(), func() (*loaded, error) {
			l, err := loadDemo(time.Now)
			l.plan.Reports = reports
			return l, err
		}, newCommandLine().options, &text)
		if err != nil {
			t.Fatal(err)
		}
		return slices.Collect(strings.Lines(text.String()))
	}
	// The demo is discovered. An app is 1 + 3×35 + 16 series, and 35 + 16 more.
	for i, want := range [][]string{{"up to 122 series", "allows for 539 apps"}, {"up to 173 series", "allows for 269 apps"}} {
		got := output([][]collector.Report{first, reports}[i])
		if text := strings.Join(got, ""); !strings.Contains(text, want[0]) || !strings.Contains(text, want[1]) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// The configuration knows the reports by name only.
func TestReports_NamesMatchTheConfiguration(t *testing.T) {
	var names []string
	for _, r := range collector.Reports() {
		names = append(names, r.Name)
	}
	if !slices.Equal(names, config.ReportNames()) {
		t.Errorf("the reports are %v, the configuration has %v", names, config.ReportNames())
	}
}
