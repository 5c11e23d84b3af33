package statuspage_test

import (
	"testing"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector"
)

// A report that is not by day has no days and no charts, but its current values.
func TestPage_LiveCard(t *testing.T) {
	prepare := func(f *fixture) {
		f.plan.Reports, f.plan.LiveTTL = collector.Reports("live"), 2*time.Minute
		f.api.SetLive("stage-id", apitest.Session{ID: "1", Type: "meeting", Participants: 1200, Name: "c4nary"}, apitest.Session{ID: "2", Type: "another"})
	}
	run(t, prepare, func(f *fixture) {
		stage := func() string { f.Helper(); return f.card(f.page(""), "main-stage") }
		f.contains(stage(), "Not fetched yet Report live, app stage-id, account "+accountID+" Last successful response none yet")
		f.containsNone(stage(), "Live sessions")
		f.scrape()
		const values = "Values of main-stage at the time of that response Type Live sessions Live participants another 1 0 livestream 0 0 meeting 1 1,200"
		f.contains(stage(), "Up to date", values)
		f.containsNone(stage(), "Days known", "Daily values", "filters", "unknown")
		f.containsNone(f.page(""), "c4nary")

		f.api.Override("stage-id", apitest.Status(500, nil, ""))
		<-time.After(2 * time.Minute)
		f.scrape()
		f.contains(stage(), "Failing", "The values below are from the last successful response.", values)
		<-time.After(8 * time.Minute)
		f.contains(stage(), "The last successful response is older than 10m, so its values are no longer shown.")
		f.containsNone(stage(), "Live sessions")
	})
}

func TestPage_LiveDoesNotFit(t *testing.T) {
	prepare := func(f *fixture) {
		f.plan.Reports, f.plan.LiveTTL = collector.Reports(), time.Second
	}
	run(t, prepare, func(f *fixture) {
		f.scrape()
		f.contains(tokens(f.page("")), "Too many apps These apps need more requests than the rate limit allows. Those for live values wait behind the others, so live values get older than their TTL: raise cache.live_ttl, or use several tokens.",
			"Needed by these apps up to 668.1 per 5m")
		f.plan.TTL = time.Second
		f.exporter.Apply(f.plan)
		f.contains(tokens(f.page("")), "Too many apps These apps need more requests than the rate limit allows, so responses get older than their TTL: raise cache.ttl, or use several tokens.")
	})
}
