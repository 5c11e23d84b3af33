package grafana

import (
	"math"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness/history"
)

func nan() float64 { return math.NaN() }

// recorded is what the recording rules have kept of a day: as yesterday, by the
// last scrape of the day after, else as today, by its own last scrape.
func recorded(l look, app string, n int) (apitest.Day, bool) {
	for _, in := range []int{n + 1, n} {
		if d, ok := l.asKnownIn(app, n, in); ok {
			return d, true
		}
	}
	return apitest.Day{}, false
}

// asKnownIn is what was known of a day by the scrapes in another, or in the same.
// What the last scrapes of a day find is recorded in the next: the rules were
// evaluated once an hour.
func (h *fixture) asKnownIn(app string, n, in int) (apitest.Day, bool) {
	if in == 0 {
		d, ok := h.Shown["live"][app][n]
		return d, ok
	}
	if h.lately[in] == nil {
		h.lately[in] = history.Shown{}
		for _, at := range h.Scrapes() {
			if !at.Before(h.Midnight(in)) && at.Before(h.Midnight(in+1).Add(-time.Hour)) {
				h.lately[in].Record(h.History, history.Other, at.Add(time.Minute))
			}
		}
	}
	return h.lately[in].Latest(app, n)
}
