package collector_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector"
)

// These tests and benchmarks prove what docs/development/performance.md says about the API:
// the number of requests, and how long a scrape waits for them.

const (
	loadAccount = "023e105f4ecef8ad9ca31a8372d0c353"
	loadToken   = "load-token"
)

func TestScrape_ConcurrentScrapesShareRequests(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const scrapes, apps = 50, 10
		upstream, ids := slowAPI(apps, 100*time.Millisecond)
		e := newLoaded(t.Context(), ids, 8, "http://127.0.0.1", upstream.Client().Transport)

		for _, wave := range []string{"cold", "warm"} {
			var wg sync.WaitGroup
			for range scrapes {
				wg.Go(func() {
					if up := reportsUp(t, e.Snapshot(t.Context())); up != apps {
						t.Errorf("%s: a scrape shows %d reports up, want %d", wave, up, apps)
					}
				})
			}
			wg.Wait()
			requested := requestTimes(upstream)
			for _, id := range ids {
				if n := len(requested[id]); n != 1 {
					t.Errorf("%s: %d scrapes at once made %d requests for %s, want 1", wave, scrapes, n, id)
				}
			}
		}
	})
}

func TestScrape_RequestsInADayFollowTheTTL(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const (
			interval = 15 * time.Second
			fewest   = 95  // the TTL, and the wait for the scrape after it
			most     = 108 // the TTL less the most jitter, and midnight
			apps     = 10  // as many jitters
			takes    = 300 * time.Millisecond
		)
		upstream, ids := slowAPI(apps, takes)
		e := newLoaded(t.Context(), ids, 8, "http://127.0.0.1", upstream.Client().Transport)

		<-time.After(17*time.Hour + 7*time.Second) // from the bubble's start, which is 00:00 UTC
		begin := time.Now()
		midnight := api.Day(begin).AddDate(0, 0, 1)
		scrapes := time.NewTicker(interval)
		defer scrapes.Stop()
		var last *collector.Snapshot
		for ; time.Since(begin) < 24*time.Hour; <-scrapes.C {
			last = e.Snapshot(t.Context())
		}
		if up := reportsUp(t, last); up != apps {
			t.Errorf("the last scrape shows %d reports up, want %d", up, apps)
		}

		var counts []int
		for id, requested := range requestTimes(upstream) {
			counts = append(counts, len(requested))
			if n := len(requested); n < fewest || n > most {
				t.Errorf("%d requests for %s in a day, want %d to %d", n, id, fewest, most)
			}
			// The first scrape of the new day requests all, 8 at a time.
			ofNewDay := func(at time.Time) bool {
				return !at.Before(midnight) && at.Sub(midnight) <= interval+apps/8*takes
			}
			if !slices.ContainsFunc(requested, ofNewDay) {
				t.Errorf("%s was not requested by the first scrape of the new day", id)
			}
		}
		if len(counts) != apps {
			t.Errorf("%d apps were requested, want %d", len(counts), apps)
		}
		t.Logf("requests in a day, by app: %d to %d", slices.Min(counts), slices.Max(counts))
	})
}

// A cold scrape waits for as many rounds of requests as the slots make of the
// apps. The benchmark reports how much longer than these rounds it takes and, for
// comparison on the same machine, how much longer the same requests take alone.
func BenchmarkColdScrape(b *testing.B) {
	const (
		apps  = 100
		takes = 100 * time.Millisecond // each response of the API
	)
	for _, slots := range []int{4, 8, 16} {
		b.Run(fmt.Sprintf("apps=%d/max_in_flight=%d", apps, slots), func(b *testing.B) {
			upstream, ids := slowAPI(apps, takes)
			server := httptest.NewServer(upstream)
			b.Cleanup(server.Close)
			var ours, bare []float64
			for b.Loop() {
				connections := &http.Transport{MaxIdleConnsPerHost: slots} // none are open yet
				e := newLoaded(b.Context(), ids, slots, server.URL, connections)
				start := time.Now()
				s := e.Snapshot(b.Context())
				ours = append(ours, time.Since(start).Seconds())
				if up := reportsUp(b, s); up != apps {
					b.Fatalf("a scrape shows %d reports up, want %d", up, apps)
				}
				connections.CloseIdleConnections()
				bare = append(bare, bareRequests(b, server.URL, ids, slots).Seconds())
			}
			rounds := (apps + slots - 1) / slots
			ideal := (time.Duration(rounds) * takes).Seconds()
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(median(ours), "s/scrape")
			b.ReportMetric(median(ours)/ideal, "x-ideal")
			b.ReportMetric(median(bare)/ideal, "x-ideal-bare")
			b.ReportMetric(slices.Max(ours)/ideal, "x-ideal-worst")
			b.ReportMetric(slices.Max(bare)/ideal, "x-ideal-bare-worst")
		})
	}
}

// bareRequests sends one request per app, as many at a time as there are slots.
func bareRequests(b *testing.B, baseURL string, ids []string, slots int) time.Duration {
	b.Helper()
	connections := &http.Transport{MaxIdleConnsPerHost: slots}
	defer connections.CloseIdleConnections()
	queue := make(chan string, len(ids))
	for _, id := range ids {
		queue <- id
	}
	close(queue)
	start := time.Now()
	var wg sync.WaitGroup
	for range slots {
		wg.Go(func() {
			client := api.New(baseURL, connections)
			for id := range queue {
				app := api.App{AccountID: loadAccount, ID: id, Token: loadToken}
				if _, err := client.LivestreamDays(b.Context(), app, func() api.Window { return api.LastDays(30, time.Now()) }); err != nil {
					b.Error(err)
				}
			}
		})
	}
	wg.Wait()
	return time.Since(start)
}

// slowAPI simulates an account whose responses take this long.
func slowAPI(apps int, d time.Duration) (upstream *apitest.API, ids []string) {
	upstream = apitest.New(time.Now)
	upstream.AddToken(loadToken, loadAccount)
	for i := range apps {
		id := fmt.Sprintf("5f0a7c1e-3b54-4d3e-9d3f-%012d", i)
		ids = append(ids, id)
		upstream.AddApp(loadAccount, id)
		upstream.Override(id, apitest.Slow(d, nil))
	}
	return upstream, ids
}

// newLoaded returns an exporter for the apps, with the defaults of the program.
func newLoaded(ctx context.Context, ids []string, slots int, baseURL string, rt http.RoundTripper) *collector.Exporter {
	e := collector.New(ctx, log.NewNopLogger(), prometheus.NewRegistry(), time.Now)
	e.Apply(loadPlan(ids, slots, baseURL, rt))
	return e
}

func loadPlan(ids []string, slots int, baseURL string, rt http.RoundTripper) collector.Plan {
	account := collector.Account{ID: loadAccount, Token: func(context.Context) (api.Secret, error) { return loadToken, nil }}
	for _, id := range ids {
		account.Apps = append(account.Apps, collector.App{ID: id, Name: id})
	}
	return collector.Plan{
		Reports:     collector.Reports("livestreams"),
		Accounts:    []collector.Account{account},
		Days:        30,
		TTL:         15 * time.Minute,
		MaxStale:    72 * time.Hour,
		Timeout:     30 * time.Second,
		MaxInFlight: slots,
		Limit:       collector.Limit{Requests: 300, Per: 5 * time.Minute},
		BaseURL:     baseURL,
		Client:      api.New(baseURL, rt),
	}
}

// reportsUp counts the reports that are up in a scrape.
func reportsUp(tb testing.TB, s *collector.Snapshot) int {
	tb.Helper()
	reg := prometheus.NewRegistry()
	reg.MustRegister(s)
	families, err := reg.Gather()
	if err != nil {
		tb.Error(err)
	}
	up := 0
	for _, family := range families {
		if family.GetName() != "realtimekit_report_up" {
			continue
		}
		for _, metric := range family.GetMetric() {
			up += int(metric.GetGauge().GetValue())
		}
	}
	return up
}

// requestTimes returns the times of the requests by app.
func requestTimes(upstream *apitest.API) map[string][]time.Time {
	requested := make(map[string][]time.Time)
	for _, r := range upstream.Requests() {
		requested[r.AppID] = append(requested[r.AppID], r.Time)
	}
	return requested
}
