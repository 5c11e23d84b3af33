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
	inWorld(t, func(w *world) {
		got := w.scrape()
		w.asks(2)
		before := map[string]string{stage: "07 08 09 10", studio: "06 07 08 09 10"}
		after := map[string]string{stage: "07 08 09 10", studio: "07 08 09 10"}
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

		// A second before midnight the answers are 5 minutes old.
		time.Sleep(12*time.Hour - 5*time.Minute - time.Second)
		w.scrape()
		w.asks(2)
		time.Sleep(5 * time.Minute)
		shows(w.scrape(), before, `"2000-01-06"`)
		w.asks(0)

		// Past midnight every report is due, and while nothing answers the new
		// day is not shown: nobody has said that it is 0.
		w.sim.Override(stage+"-id", apitest.Slow(20*time.Second, nil))
		w.sim.Override(studio+"-id", apitest.Slow(20*time.Second, nil))
		time.Sleep(time.Second)
		shows(w.scrape(), after, `"2000-01-11"`)
		w.asks(2)

		// The answer says that it is.
		time.Sleep(10 * time.Second)
		got = w.scrape()
		w.asks(0)
		shows(got, map[string]string{stage: "07 08 09 10 11", studio: ""}, `"2000-01-11"`)
		w.has(got, `realtimekit_livestream_daily_sessions{app="main-stage",date="2000-01-11"} 0`)
	})
}

func TestMidnight_RequestAcrossIsRepeated(t *testing.T) {
	inWorld(t, func(w *world) {
		time.Sleep(12*time.Hour - 5*time.Second)
		w.sim.Override(stage+"-id", apitest.Slow(8*time.Second, nil))
		got := w.scrape() // its answer comes at 00:00:03, and is of the day before
		w.asks(2)
		w.has(got, `realtimekit_report_last_success_timestamp_seconds{app="main-stage",report="livestreams"} 9.47548795e+08`) // 23:59:55
		got = w.scrape()
		w.asks(2)
		w.has(got, `realtimekit_livestream_daily_sessions{app="main-stage",date="2000-01-11"} 0`)
	})
}

func TestClock_SetBackOrForwardKeepsAges(t *testing.T) {
	for _, step := range []time.Duration{-24 * time.Hour, 24 * time.Hour} {
		inWorld(t, func(w *world) {
			var off time.Duration
			clock := func() time.Time { return time.Now().Add(off) }
			w.registry = prometheus.NewRegistry()
			w.exporter = collector.New(w.Context(), log.NewNopLogger(), w.registry, clock)
			w.exporter.Apply(w.plan)
			w.scrape()
			w.asks(2)
			off = step
			w.sim.Override(stage+"-id", apitest.Slow(time.Minute, nil))
			got := w.scrape()
			w.asks(2) // the date has changed
			if shown, want := dates(got, "sessions", stage), map[bool]string{true: "07 08 09 10", false: "07 08 09"}[step > 0]; shown != want {
				t.Errorf("moved by %v it shows %s, want %s", step, shown, want)
			}
			w.scrape()
			w.asks(0)
		})
	}
}
