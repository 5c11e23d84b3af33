package collector_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector"
)

// A size is the numbers that must not grow.
type size struct {
	own        int // series about requests
	goroutines int
	heap       int64 // bytes
}

func (f *fixture) size() size {
	synctest.Wait()
	s := size{own: count(f.registry)}
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	s.goroutines = bytes.Count(stacks, []byte("synctest bubble")) // and none of the runtime's or another test's
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	s.heap = int64(m.HeapAlloc)
	return s
}

// count counts the metrics that a collector collects.
func count(c prometheus.Collector) (n int) {
	ch := make(chan prometheus.Metric)
	go func() {
		defer close(ch)
		c.Collect(ch)
	}()
	for range ch {
		n++
	}
	return n
}

// A scrape every five minutes, midnights included, and an hour each day in which
// an app fails: for a month, every scrape has the same number of series.
func TestMonth_OnlyNumbersChange(t *testing.T) {
	const (
		apps, days, month = 4, 7, 30
		every             = 5 * time.Minute

		perApp   = 3*days + 17  // its days; info, up, last success, rows, skipped rows; 12 reasons of failures
		constant = days + 3 + 2 // the dates; the account's token; TTL and max stale
		series   = apps*perApp + constant
	)
	withFixture(t, func(f *fixture) {
		f.plan.Days = days
		f.plan.Accounts = []collector.Account{f.account(account)}
		for i := range apps {
			app := fmt.Sprint("app-", i)
			f.sim.AddEmptyApp(account, app+"-id")
			for n := 1 - days; n <= month+1; n++ {
				f.day(app, time.Now().AddDate(0, 0, n).Format(time.DateOnly), int64(1+i), 60, 3600)
			}
			f.plan.Accounts[0].Apps = append(f.plan.Accounts[0].Apps, collector.App{ID: app + "-id", Name: app})
		}
		f.exporter.Apply(f.plan)
		time.Sleep(time.Until(api.Day(time.Now()).AddDate(0, 0, 1)))

		var sizes []size
		scrapes, requests := 0, 0
		for day := range month {
			failing := fmt.Sprint("app-", day%apps, "-id")
			for at := time.Duration(0); at < 24*time.Hour; at += every {
				switch at {
				case 6 * time.Hour:
					f.sim.Override(failing, apitest.Status(http.StatusBadGateway, nil, "down"))
				case 7 * time.Hour:
					f.sim.Override(failing, nil)
				}
				ctx, cancel := context.WithTimeout(f.Context(), 10*time.Second)
				snapshot := f.exporter.Snapshot(ctx)
				if n := count(snapshot); n != series {
					t.Fatalf("day %d, %v: %d series, want %d", day, at, n, series)
				}
				if at%time.Hour == 0 {
					encoded(t, snapshot, expfmt.FmtText, f.registry)
				}
				cancel()
				scrapes++
				time.Sleep(every)
			}
			requests += len(f.sim.Requests())
			f.sim.ResetRequests()
			f.log.Reset()
			sizes = append(sizes, f.size())
		}

		// The first days fill the pools of the runtime, and the log's memory.
		first, last := sizes[1], sizes[len(sizes)-1]
		t.Logf("%d scrapes, %d requests to the API, %d series each; after day 2: %+v; after day %d: %+v",
			scrapes, requests, series, first, month, last)
		if last.goroutines != first.goroutines || last.own != first.own {
			t.Errorf("went from %+v to %+v", first, last)
		}
		if grown := last.heap - first.heap; grown > 512<<10 {
			t.Errorf("the heap grew by %d KiB", grown>>10)
		}
		// Each app once per TTL less its jitter, and once more at midnight; while it
		// fails, at waits that double, the last ones 5 minutes.
		if most := month * (apps*(24*4*10/9+1) + 17); requests > most {
			t.Errorf("%d requests to the API, want at most %d", requests, most)
		}
	})
}
