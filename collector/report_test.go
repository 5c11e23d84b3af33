package collector_test

import (
	"context"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector"
)

// roomsReport is a second report: two requests per fetch, and two metrics that cover
// different days.
func roomsReport() collector.Report {
	return collector.Report{
		Name: "rooms",
		Metrics: []collector.Metric{
			{Name: "realtimekit_room_daily_sessions", Help: "Sessions of rooms on that day (UTC).", Title: "Rooms", Unit: 1, Chart: true},
			{Name: "realtimekit_room_daily_seconds", Help: "Duration of rooms on that day (UTC).", Title: "Room hours", Unit: 3600},
		},
		TTL:      func(p *collector.Plan) time.Duration { return p.TTL / 2 },
		MaxStale: func(*collector.Plan) time.Duration { return 0 },
		Fetch: func(ctx context.Context, c *api.Client, app api.App, window func() api.Window) (collector.Data, error) {
			if _, err := c.LivestreamDays(ctx, app, window); err != nil {
				return collector.Data{}, err
			}
			l, err := c.LivestreamDays(ctx, app, window)
			today := api.Day(l.Window.End)
			return collector.Data{Window: l.Window, Rows: [][]collector.Row{
				{{Date: today.AddDate(0, 0, -3), Value: 7}, {Date: today.AddDate(0, 0, -1), Value: 8}},
				{{Date: today.AddDate(0, 0, -1), Value: 3600}},
			}}, err
		},
	}
}

func TestReport_AnotherReportIsAValueInTheList(t *testing.T) {
	withFixture(t, func(f *fixture) {
		f.plan.Reports = append(collector.Reports("livestreams"), roomsReport())
		f.exporter.Apply(f.plan)
		got := f.scrape()
		f.expectRequests(6) // two apps: one request for livestreams, two for rooms
		f.expectLines(got,
			`realtimekit_report_up{app="main-stage",report="rooms"} 1`,
			`realtimekit_report_rows{app="main-stage",report="rooms"} 2`,
			`realtimekit_report_failures_total{app="main-stage",reason="timeout",report="rooms"} 0`,
			`realtimekit_exporter_cache_ttl_seconds{report="livestreams"} 900`,
			`realtimekit_exporter_cache_ttl_seconds{report="rooms"} 450`,
			`realtimekit_exporter_cache_max_stale_seconds{report="rooms"} 0`,
			`realtimekit_exporter_api_budget_remaining_requests{account_id="`+account+`"} 94`,
			// Days of 0 are added to each metric separately.
			`realtimekit_room_daily_sessions{app="main-stage",date="2000-01-07"} 7`,
			`realtimekit_room_daily_sessions{app="main-stage",date="2000-01-08"} 0`,
			`realtimekit_room_daily_sessions{app="main-stage",date="2000-01-09"} 8`,
			`realtimekit_room_daily_sessions{app="main-stage",date="2000-01-10"} 0`,
			`realtimekit_room_daily_seconds{app="main-stage",date="2000-01-09"} 3600`,
			`realtimekit_room_daily_seconds{app="main-stage",date="2000-01-10"} 0`,
		)
		for _, unknown := range []string{`seconds{app="main-stage",date="2000-01-08"}`, `sessions{app="main-stage",date="2000-01-06"}`} {
			if strings.Contains(got, "realtimekit_room_daily_"+unknown) {
				t.Errorf("a day before the first row is exposed: %s", unknown)
			}
		}

		// By its own TTL, it is due when the other one is not.
		time.Sleep(460 * time.Second)
		f.scrape()
		f.expectRequests(4)

		// 5 days of 3 and 2 metrics, and of date_start; 16 series of each report about
		// itself, app_info, and 3 of the account.
		if got, want := f.plan.Series(), 5+3+2*(1+5*(3+2)+2*(4+len(api.Reasons()))); got != want {
			t.Errorf("the plan has %d series, want %d", got, want)
		}
		if got, want := f.plan.Requests(300), 300*(5.0/13.5+5.0/6.75); math.Abs(got-want) > 1e-9 {
			t.Errorf("the plan needs %v requests, want %v", got, want)
		}
		for _, r := range f.exporter.Status().Reports {
			if r.Report == "rooms" && r.App.Name == mainStage {
				if days := r.Lines(); len(r.Metrics) != 2 || r.TTL != 450*time.Second || r.MaxStale != 0 ||
					days[1].Values[0] != 7 || !math.IsNaN(days[1].Values[1]) || days[0].Known() || days[3].Values[1] != 3600 {
					t.Errorf("the status has %+v, days %v", r, days)
				}
			}
		}
	})
}
