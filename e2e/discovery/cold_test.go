package discovery

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness"
)

// The rate limit of the cold start. The apps take more than three times the requests
// that can be sent in one span.
const (
	coldApps      = 300
	coldRequests  = 90
	coldPer       = 3 * time.Second
	coldTolerance = 200 * time.Millisecond // requests are logged at arrival, and may be delayed on the way
)

func TestColdStart_DiscoveredAppsWithinRateLimit(t *testing.T) {
	t.Parallel()
	const account = "large"
	s := newScenario(t)
	today, requests := map[string]int64{}, map[string]int{"": coldApps / 100} // pages of the list
	for i := range coldApps {
		app := fmt.Sprintf("app-%03d", i)
		today[app], requests[app] = int64(i)+1, 1
		s.add(account, app, today[app])
	}
	s.configure(t, "ttl: 1h", fmt.Sprintf("rate_limit: {requests: %d, per: %s}", coldRequests, coldPer), "", account)
	s.start(t, 0, "3s")

	s.await(t, sessions, s.daySamples(today))
	s.prom.Expect(t, "realtimekit_discovery_apps", apps(account, coldApps, 0))
	s.prom.Expect(t, "sum(realtimekit_report_up)", harness.Samples{"{}": coldApps})
	s.prom.Expect(t, "min_over_time(up[5m])", harness.Samples{"{}": 1})
	if err := harness.Diff(s.Requests(), requests); err != nil {
		t.Errorf("requests to the API, those for the list without an app: %v", err)
	}
	if most := maxRequestsIn(s.API.Requests(), coldPer-coldTolerance); most > coldRequests {
		t.Errorf("%d requests within less than %v, want at most %d", most, coldPer, coldRequests)
	}
}

// maxRequestsIn returns the largest number of requests in a span of this length.
func maxRequestsIn(log []apitest.Request, span time.Duration) (most int) {
	var times []time.Time
	for _, r := range log {
		times = slices.DeleteFunc(append(times, r.Time), func(at time.Time) bool { return r.Time.Sub(at) >= span })
		most = max(most, len(times))
	}
	return most
}
