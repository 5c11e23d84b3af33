package collector_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector"
)

const (
	scrapeInterval = 15 * time.Second
	scrapeTimeout  = 9500 * time.Millisecond
)

// withEmptyApps returns an API whose apps have no livestreams, and an exporter of them.
func withEmptyApps(t *testing.T, apps int, takes time.Duration) (*apitest.API, *collector.Exporter) {
	upstream, ids := slowAPI(apps, takes)
	for _, id := range ids {
		upstream.AddEmptyApp(loadAccount, id)
	}
	return upstream, newLoaded(t.Context(), ids, 8, "http://127.0.0.1", upstream.Client().Transport)
}

// timedScrape takes a snapshot and returns how long that took.
func timedScrape(t *testing.T, e *collector.Exporter) (*collector.Snapshot, time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), scrapeTimeout)
	defer cancel()
	start := time.Now()
	s := e.Snapshot(ctx)
	return s, time.Since(start)
}

func TestScrape_HangingTokenDoesNotDelayAnother(t *testing.T) {
	withFixture(t, func(f *fixture) {
		const (
			good    = "11111111111111111111111111111111"
			hanging = 1000
			takes   = time.Second                                                // a response of the good token
			most    = 15*time.Minute + 30*time.Second + 5*takes + scrapeInterval // TTL, timeout, its own round
		)
		f.plan.Accounts[0].Apps = nil
		for i := range hanging {
			id := fmt.Sprint("hangs-", i)
			f.sim.Override(id, apitest.Hang())
			f.plan.Accounts[0].Apps = append(f.plan.Accounts[0].Apps, collector.App{ID: id, Name: id})
		}
		f.tokens[good] = "good"
		f.sim.AddToken("good", good)
		apps := []string{"good-0", "good-1", "good-2", "good-3", "good-4"}
		for _, app := range apps {
			f.sim.AddEmptyApp(good, app+"-id")
			f.sim.Override(app+"-id", apitest.Slow(takes, nil))
		}
		f.plan.Accounts = append(f.plan.Accounts, f.account(good, apps...))
		f.exporter.Apply(f.plan)

		start := time.Now()
		for time.Since(start) < 40*time.Minute {
			_, took := timedScrape(f.T, f.exporter)
			for _, r := range f.exporter.Status().Reports {
				switch since := time.Since(start); {
				case r.AccountID != good:
				case r.LastSuccess.IsZero() && since > most-f.plan.TTL:
					t.Errorf("%v after the start, %s was never fetched", since, r.App.Name)
				case !r.LastSuccess.IsZero() && time.Since(r.LastSuccess) > most:
					t.Errorf("%v after the start, the data of %s is %v old", since, r.App.Name, time.Since(r.LastSuccess))
				}
			}
			time.Sleep(scrapeInterval - took)
		}
		if n := len(f.sim.Requests()); n < 40*60/30*7 {
			t.Errorf("%d requests, want that the hanging token keeps most of the slots", n)
		}
	})
}

func TestScrape_TokenIsReadBeforeASlotIsTaken(t *testing.T) {
	withFixture(t, func(f *fixture) {
		const other = "11111111111111111111111111111111"
		f.plan.MaxInFlight = 1
		f.sim.Override(mainStage+"-id", apitest.Hang())
		f.sim.Override(studio+"-id", apitest.Hang())
		f.exporter.Apply(f.plan)
		f.scrape() // the slot is taken from now on
		f.plan.Accounts = append(f.plan.Accounts, f.account(other, "tokenless"))
		f.exporter.Apply(f.plan)
		f.expectLines(f.scrape(), `realtimekit_report_failures_total{app="tokenless",reason="token",report="livestreams"} 1`)
	})
}

// More apps than the rate limit carries: 3,000 need 1,000 requests in 5 minutes,
// and 200 are sustainable. A scrape that waited for each response that comes before
// its deadline would always take nearly its whole timeout.
func TestScrape_DurationWithMoreAppsThanTheLimitAllows(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const (
			apps     = 3000
			takes    = 3 * time.Second // so that some request is always in flight
			interval = time.Minute
		)
		upstream, e := withEmptyApps(t, apps, takes)
		var durations []time.Duration
		begin := time.Now()
		for time.Since(begin) < 90*time.Minute {
			_, took := timedScrape(t, e)
			durations = append(durations, took)
			time.Sleep(interval - took)
		}
		if durations[0] < scrapeTimeout-1500*time.Millisecond {
			t.Errorf("the first scrape took %v, want until its deadline, as long as requests are sent", durations[0])
		}
		durations = durations[1:]
		slices.Sort(durations)
		median := durations[len(durations)/2]
		t.Logf("%d scrapes: median %v, longest %v", len(durations), median, durations[len(durations)-1])
		if median >= 500*time.Millisecond {
			t.Errorf("the median scrape took %v, want less than 0.5s", median)
		}
		if n := len(upstream.Requests()); n < 100+90*60*200/300-8 {
			t.Errorf("%d requests in 90 minutes, want as many as the limit allows", n)
		}
		if up := reportsUp(t, e.Snapshot(t.Context())); up != apps {
			t.Errorf("%d reports are up in the end, want %d", up, apps)
		}
	})
}

// As many apps as make the queue short, but never empty for long. Whether a scrape
// waits depends on how long the budget has been in use, not on the queue's length.
func TestScrape_DurationWithSlightlyMoreAppsThanTheLimitAllows(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const apps = 580
		_, e := withEmptyApps(t, apps, 300*time.Millisecond)
		var durations []time.Duration
		begin := time.Now()
		for time.Since(begin) < 2*time.Hour {
			_, took := timedScrape(t, e)
			if time.Since(begin) > time.Hour {
				durations = append(durations, took)
			}
			time.Sleep(scrapeInterval - took)
		}
		slices.Sort(durations)
		if median := durations[len(durations)/2]; median >= 500*time.Millisecond {
			t.Errorf("the median scrape took %v, want less than 0.5s", median)
		}
	})
}

// What can be sent before the deadline is waited for: a full bucket, and what is
// refilled until then.
func TestScrape_ColdStartIsCompleteWithinTheBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const apps = 100 + 6 // one more per 1.5 s
		upstream, ids := slowAPI(apps, 100*time.Millisecond)
		e := newLoaded(t.Context(), ids, 8, "http://127.0.0.1", upstream.Client().Transport)
		s, took := timedScrape(t, e)
		if up := reportsUp(t, s); up != apps {
			t.Errorf("%d reports are up after %v, want %d", up, took, apps)
		}
	})
}
