package collector_test

import (
	"testing"
	"time"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector"
)

func TestMidnight_WindowMovesInAllFamilies(t *testing.T) {
	withFixture(t, func(f *fixture) {
		got := f.scrape()
		f.expectRequests(2)
		before := map[string]string{mainStage: "07 08 09 10", studio: "06 07 08 09 10"}
		after := map[string]string{mainStage: "07 08 09 10", studio: "07 08 09 10"}
		shows := func(got string, want map[string]string, dateStarts string) {
			t.Helper()
			for app, days := range want {
				for _, family := range []string{"sessions", "ingest_seconds", "viewer_seconds"} {
					if shown := dates(got, family, app); shown != days {
						t.Errorf("%s of %s: got %s, want %s", family, app, shown, days)
					}
				}
			}
			if n := len(samples(got, "realtimekit_date_start_timestamp_seconds")); n != 5 || len(samples(got, "realtimekit_date_start", dateStarts)) != 1 {
				t.Errorf("got %d dates, want 5 with %s", n, dateStarts)
			}
		}
		shows(got, before, `"2000-01-06"`)

		// A second before midnight the responses are 5 minutes old.
		time.Sleep(12*time.Hour - 5*time.Minute - time.Second)
		f.scrape()
		f.expectRequests(2)
		time.Sleep(5 * time.Minute)
		shows(f.scrape(), before, `"2000-01-06"`)
		f.expectRequests(0)

		// After midnight every report is due. Without a response, the new day is not
		// exposed: it is not known to be 0.
		f.sim.Override(mainStage+"-id", apitest.Slow(20*time.Second, nil))
		f.sim.Override(studio+"-id", apitest.Slow(20*time.Second, nil))
		time.Sleep(time.Second)
		shows(f.scrape(), after, `"2000-01-11"`)
		f.expectRequests(2)

		// The response has no row for it, so it is 0.
		time.Sleep(10 * time.Second)
		got = f.scrape()
		f.expectRequests(0)
		shows(got, map[string]string{mainStage: "07 08 09 10 11", studio: ""}, `"2000-01-11"`)
		f.expectLines(got, `realtimekit_livestream_daily_sessions{app="main-stage",date="2000-01-11"} 0`)
	})
}

func TestMidnight_RequestAcrossIsRepeated(t *testing.T) {
	withFixture(t, func(f *fixture) {
		time.Sleep(12*time.Hour - 5*time.Second)
		f.sim.Override(mainStage+"-id", apitest.Slow(8*time.Second, nil))
		got := f.scrape() // its response arrives at 00:00:03, and is of the day before
		f.expectRequests(2)
		f.expectLines(got, `realtimekit_report_last_success_timestamp_seconds{app="main-stage",report="livestreams"} 9.47548795e+08`) // 23:59:55
		got = f.scrape()
		f.expectRequests(2)
		f.expectLines(got, `realtimekit_livestream_daily_sessions{app="main-stage",date="2000-01-11"} 0`)
	})
}

func TestClock_SetBackOrForwardKeepsAges(t *testing.T) {
	for _, step := range []time.Duration{-24 * time.Hour, 24 * time.Hour} {
		withFixture(t, func(f *fixture) {
			var off time.Duration
			clock := func() time.Time { return time.Now().Add(off) }
			f.registry = prometheus.NewRegistry()
			f.exporter = collector.New(f.Context(), log.NewNopLogger(), f.registry, clock)
			f.exporter.Apply(f.plan)
			f.scrape()
			f.expectRequests(2)
			off = step
			f.sim.Override(mainStage+"-id", apitest.Slow(time.Minute, nil))
			got := f.scrape()
			f.expectRequests(2) // the date has changed
			if shown, want := dates(got, "sessions", mainStage), map[bool]string{true: "07 08 09 10", false: "07 08 09"}[step > 0]; shown != want {
				t.Errorf("moved by %v it shows %s, want %s", step, shown, want)
			}
			f.scrape()
			f.expectRequests(0)
		})
	}
}
