package discovery

import (
	"net/http"
	"testing"
)

// The list and the responses of collected apps are kept by a reload.
func TestReload_ChangesIncludeAndExclude(t *testing.T) {
	t.Parallel()
	const account = "selected"
	s := newScenario(t)
	s.add(account, "live-one", 1)
	s.add(account, "live-two", 2)
	s.add(account, "test-one", 3)
	s.configure(t, "ttl: 1h", "timeout: 2s", "include: ['live-.*'], exclude: [live-two]", account)
	s.start(t, 1, "1s")
	s.await(t, sessions, s.daySamples(map[string]int64{"live-one": 1}))
	s.prom.Expect(t, "realtimekit_discovery_apps", apps(account, 1, 2))

	for _, step := range []struct {
		discover string
		status   int
		today    map[string]int64
	}{
		{"include: ['live-.*']", http.StatusOK, map[string]int64{"live-one": 1, "live-two": 2}},
		{"include: ['(?!live).*']", http.StatusInternalServerError, map[string]int64{"live-one": 1, "live-two": 2}},
		{"exclude: ['.*-two']", http.StatusOK, map[string]int64{"live-one": 1, "test-one": 3}},
		{"", http.StatusOK, map[string]int64{"live-one": 1, "live-two": 2, "test-one": 3}},
	} {
		s.configure(t, "ttl: 1h", "timeout: 2s", step.discover, account)
		if status := s.exporter.Reload(t); status != step.status {
			t.Errorf("%q: the reload has status %d, want %d", step.discover, status, step.status)
		}
		s.await(t, sessions, s.daySamples(step.today))
		collected := float64(len(step.today))
		s.await(t, "realtimekit_discovery_apps", apps(account, collected, 3-collected))
	}

	s.expectAtEveryScrape(t, "live-one")
	requests := s.Requests()
	if requests[""] != 1 || requests["live-one"] != 1 {
		t.Errorf("%d requests for the list and %d for the app that is always collected, want one each: %v",
			requests[""], requests["live-one"], requests)
	}
}
