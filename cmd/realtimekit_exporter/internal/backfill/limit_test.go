package backfill

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
)

func TestRun_RateLimitAndProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ids []string
		for i := range 10 {
			ids = append(ids, fmt.Sprintf("app-%d", i))
		}
		sim := newAPI(ids...)
		sim.Limit(30, time.Minute)
		p := newPlan(sim, nil, ids...)
		p.Limit.Per, p.MaxInFlight = 61*time.Second, 1
		start := time.Now()
		_, lines, err := run(t, p, span(t, "1999-01-01", "1999-12-30"))
		if err != nil || len(sim.Requests()) != 120 {
			t.Fatalf("got %d requests and %v", len(sim.Requests()), err)
		}
		// 10 at once, and the other 110 at 20 per 61 s.
		if took := time.Since(start).Round(time.Second); took != 336*time.Second {
			t.Errorf("120 requests took %v", took)
		}
		progress, _, _ := strings.Cut(lines, "the API has no rows")
		const want = `backfilling 10 apps from 1999-01-01 to 1999-12-30: 120 requests, about 6m
1 of 10 apps done, 101 requests left, about 5m
2 of 10 apps done, 91 requests left, about 5m
3 of 10 apps done, 81 requests left, about 4m
`
		if !strings.HasPrefix(progress, want) || strings.Count(progress, "\n") < 11 {
			t.Errorf("got\n%s\nwant the beginning\n%s", progress, want)
		}
	})
}

// Something else uses the same token, so that the API refuses some requests.
func TestRun_429WaitsForThePause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim := newAPI("a", "b", "c")
		var ids = []string{"a", "b", "c"}
		for _, id := range ids {
			sim.SetDay(id, row("1999-01-05"))
		}
		sim.Limit(8, 10*time.Minute)
		start := time.Now()
		output, lines, err := run(t, newPlan(sim, nil, ids...), span(t, "1999-01-01", "1999-12-30"))
		if err != nil {
			t.Fatalf("%v\n%s", err, lines)
		}
		for _, id := range ids {
			if n := len(sessions(t, output, id)); n != 360 {
				t.Errorf("got %d days of %s, want 360", n, id)
			}
		}
		refused, last := 0, time.Time{}
		for _, r := range sim.Requests() {
			if !last.IsZero() && r.Time.Sub(last) < 10*time.Minute && r.Status != http.StatusTooManyRequests {
				t.Errorf("a request was sent %v after a 429", r.Time.Sub(last))
			}
			if r.Status == http.StatusTooManyRequests {
				refused++
				last = r.Time
			}
		}
		// 36 requests, 8 between two pauses.
		if took := time.Since(start); refused < 4 || took < 40*time.Minute || took > 42*time.Minute {
			t.Errorf("%d requests were refused, and it took %v", refused, took)
		}
		if !strings.Contains(lines, " left, about 10m\n") {
			t.Errorf("no estimate contains the pause:\n%s", lines)
		}
	})
}

func TestRun_TemporaryFailuresAreRetried(t *testing.T) {
	for name, c := range map[string]struct {
		fault    http.Handler
		failures int32 // before the API recovers
		waited   time.Duration
		ok       bool
		requests int
	}{
		"once":                 {apitest.Status(http.StatusBadGateway, nil, ""), 1, 15 * time.Second, true, 2},
		"three times":          {apitest.Status(http.StatusServiceUnavailable, nil, ""), 3, 105 * time.Second, true, 4},
		"a broken connection":  {apitest.Reset(), 1, 15 * time.Second, true, 2},
		"a timeout":            {apitest.Hang(), 1, 45 * time.Second, true, 2},
		"four times":           {apitest.Status(http.StatusServiceUnavailable, nil, ""), 4, 105 * time.Second, false, 4},
		"refused four times":   {apitest.Status(429, http.Header{"Retry-After": {"60"}}, ""), 4, 180 * time.Second, false, 4},
		"a failure that stays": {apitest.Error(http.StatusNotFound, 7003, "no"), 1, 0, false, 1},
		"a rejected token":     {apitest.Error(http.StatusUnauthorized, 1000, "no"), 1, 0, false, 1},
		"a malformed response": {apitest.Body("[]"), 1, 0, false, 1},
		"success: false":       {apitest.Body(`{"success":false}`), 1, 0, false, 1},
		"no failure":           {nil, 0, 0, true, 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sim := newAPI("main")
				sim.SetDay("main", row("1999-12-25"))
				var n atomic.Int32
				sim.Override("main", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if n.Add(1) <= c.failures {
						c.fault.ServeHTTP(w, r)
						return
					}
					apitest.Healthy().ServeHTTP(w, r)
				}))
				start := time.Now()
				output, lines, err := run(t, newPlan(sim, nil, "main"), span(t, "1999-12-01", ""))
				if (err == nil) != c.ok || (len(sessions(t, output, "main")) == 6) != c.ok || len(sim.Requests()) != c.requests {
					t.Errorf("got %v, %d requests and\n%s%s", err, len(sim.Requests()), output, lines)
				}
				if waited := time.Since(start).Round(time.Second); waited != c.waited {
					t.Errorf("waited %v, want %v", waited, c.waited)
				}
			})
		})
	}
}
