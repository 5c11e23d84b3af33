package faults

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness"
)

// The one scrape at the start has 333 apps to fetch. 66 requests can be sent at
// once. Only that scrape starts requests until all apps have been
// requested; then two clients scrape until most have been requested again.
func TestBudget_ColdStart(t *testing.T) {
	t.Parallel()
	b := newBudget(t)
	first, err := b.exporter.Scrape(t.Context(), harness.ScrapeTimeout)
	if err != nil {
		t.Fatal(err)
	}
	if first.Took < 3*time.Second {
		t.Errorf("completed after %v, before the deadline, with requests about to be sent", first.Took)
	}
	if filled := len(first.Apps) - b.unfilled(first); filled < limitBurst+len(b.others) {
		t.Errorf("%d apps have days at the deadline", filled)
	}

	harness.Within(t, 60*time.Second, func() error {
		if n := len(b.Requests()); n < limitApps+len(b.others) {
			return fmt.Errorf("%d apps were requested", n)
		}
		return nil
	})
	for app, n := range b.Requests() {
		if n != 1 {
			t.Errorf("%s was requested %d times by one scrape", app, n)
		}
	}
	cold := time.Since(first.Sent)
	b.scrapeByTwo(t)

	last, err := b.exporter.Scrape(t.Context(), harness.ScrapeTimeout)
	if err != nil {
		t.Fatal(err)
	}
	b.expectReasons(t, last)
	log := b.API.Requests()
	if counted := last.Total("realtimekit_exporter_api_requests_total"); int(counted) > len(log) || int(counted) < len(log)-8 {
		t.Errorf("the exporter counts %v requests, and the API %d: more than are in progress", counted, len(log))
	}
	for _, value := range []string{"shared-secret", "secret-of-another"} {
		most := maxRequestsIn(log, value, limitPer-limitLag)
		t.Logf("%s: at most %d requests in %v, %d in %v", value, most, limitPer-limitLag, maxRequestsIn(log, value, limitPer), limitPer)
		if most > limitRequests {
			t.Errorf("%d requests of %s within less than %v", most, value, limitPer)
		}
	}
	t.Logf("%d requests; all sent after %v", len(log), cold)
}

// scrapeByTwo has two scrapers see every healthy app complete, each time, until
// two thirds of them have been requested twice.
func (b *budget) scrapeByTwo(t *testing.T) {
	t.Helper()
	var scrapers sync.WaitGroup
	failed := make(chan error, 2)
	for range 2 {
		scrapers.Go(func() {
			tick := time.NewTicker(time.Second)
			defer tick.Stop()
			for end := time.After(time.Minute); b.requestedTwice() < limitApps*2/3; {
				got, err := b.exporter.Scrape(t.Context(), harness.ScrapeTimeout)
				if err == nil {
					err = b.complete(got)
				}
				if err != nil {
					failed <- err
					return
				}
				select {
				case <-tick.C:
				case <-end:
					failed <- fmt.Errorf("%d apps were requested twice", b.requestedTwice())
					return
				}
			}
		})
	}
	scrapers.Wait()
	close(failed)
	for err := range failed {
		t.Error(err)
	}
}

func TestBudget_ScrapeDoesNotWaitBeyondItsDeadline(t *testing.T) {
	t.Parallel()
	a := harness.NewAccount(t)
	configureFor(t, a, a.URL, "ttl: 1s", "rate_limit: {requests: 3, per: 1h}")
	exporter := a.StartExporter(t)
	for n := range 3 {
		got, err := exporter.Scrape(t.Context(), 8*time.Second)
		if err != nil {
			t.Fatal(err)
		}
		if got.Took > 4*time.Second {
			t.Errorf("scrape %d took %v, and only one request can be sent before its deadline", n, got.Took)
		}
		if up := got.Total("realtimekit_report_up"); up != 1 {
			t.Errorf("%v apps are up, want the one that was requested", up)
		}
		if failed := got.Total("realtimekit_report_failures_total"); failed != 0 {
			t.Errorf("%v failures, and nothing has failed: it has to wait", failed)
		}
	}
	if n := len(a.API.Requests()); n != 1 {
		t.Errorf("%d requests, want one", n)
	}
}
