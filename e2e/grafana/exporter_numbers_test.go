package grafana

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness/history"
)

const aRateWindow = 3615 * time.Second // $__rate_interval, where the step is an hour

// scrapesOf are the scrapes of a stored exporter, in order.
func (h *fixture) scrapesOf(instance string) (times []time.Time) {
	for _, at := range h.Scrapes() {
		inStead := !at.Before(h.At(history.Replaced, 12))
		switch {
		case instance == history.Other:
			times = append(times, at.Add(time.Minute))
		case instance == history.First && !inStead, instance == history.Replacement && inStead:
			times = append(times, at)
		}
	}
	return times
}

// fetched is when a stored exporter's last good answer was, by some time.
func (h *fixture) fetched(scrapes []time.Time, by time.Time) (last time.Time) {
	for _, at := range scrapes {
		if !at.After(by) && !h.Fails(at) {
			last = at
		}
	}
	return last
}

// ofStored expects the numbers of stored exporters, in series whose names end in
// the exporter's: all that a range of numbers allows.
func ofStored(want func(l look, of string, scrapes []time.Time, at time.Time) (least, most float64)) expectation {
	return func(l look) error {
		for _, frame := range l.Frames {
			name := frame.Fields[1].Name
			of, instance := "", name
			if i := strings.LastIndex(name, " · "); i >= 0 {
				of, instance = name[:i], name[i+len(" · "):]
			}
			if isLive(instance) {
				continue
			}
			scrapes, times := l.scrapesOf(instance), frame.Fields[0].numbers()
			for i, v := range frame.Fields[1].numbers() {
				at := time.UnixMilli(int64(times[i])).UTC()
				least, most := want(l, of, scrapes, at)
				if v < least-1e-6 || v > most+1e-6 {
					return fmt.Errorf("%s is %v at %v, want %v to %v", name, v, at, least, most)
				}
			}
		}
		return nil
	}
}

func alwaysIs(v float64) expectation {
	return ofStored(func(look, string, []time.Time, time.Time) (float64, float64) { return v, v })
}

// ageInTTLs is reckoned from the last scrape at which the API did not fail.
func ageInTTLs(l look, _ string, scrapes []time.Time, at time.Time) (least, most float64) {
	age := float64(at.Sub(l.fetched(scrapes, at))) / float64(history.StoredTTL)
	return age, age
}

// latency is what a histogram says when all requests are in its first bucket: they
// took no time.
func latency(_ look, of string, _ []time.Time, _ time.Time) (least, most float64) {
	q := map[string]float64{"50 %": 0.05, "90 %": 0.09, "99 %": 0.099}[of]
	return q, q
}

// budgetLasts knows what the rate limit refills; what may leave is anything up to a burst.
func budgetLasts(_ look, of string, _ []time.Time, _ time.Time) (least, most float64) {
	if strings.HasPrefix(of, "lasts") {
		return 200, 200
	}
	return 0, 100
}

// requestsPerHour are bounds for a rate of what each scrape asks for: one request for
// each app, in a window whose ends Prometheus may add to.
func requestsPerHour(apps func(look) int) func(look, string, []time.Time, time.Time) (float64, float64) {
	return func(l look, of string, scrapes []time.Time, at time.Time) (least, most float64) {
		samples, increase := 0.0, 0.0
		failed := of == "503" || of == "server"
		seen := of != "503" // a status is counted from its first answer on
		for _, scrape := range scrapes {
			counts := l.Fails(scrape) == failed
			if before := seen; scrape.After(at.Add(-aRateWindow)) && !scrape.After(at) && (seen || counts) {
				if counts && before && samples > 0 {
					increase += float64(apps(l))
				}
				samples++
			}
			seen = seen || counts
		}
		if samples < 10 {
			return 0, math.Inf(1) // it depends too much on the ends
		}
		rate := increase * float64(time.Hour) / float64(aRateWindow)
		return rate, rate * (1 + 2.2/(samples-1))
	}
}

func allApps(l look) int    { return len(l.Apps) }
func chosenApps(l look) int { return len(l.selected()) }

// disagreements are the apps whose restated day one exporter shows already, and the
// other not yet.
func disagreements(l look) error {
	one, two := l.scrapesOf(history.Replacement), l.scrapesOf(history.Other)
	restated := l.Restated[history.RaisedSoon].At
	for _, frame := range l.Frames {
		of := map[string]measure{"sessions": sessions, "ingest": ingest, "viewer time": viewer}[frame.Fields[1].Name]
		differing := 0.0
		for _, app := range l.Apps {
			before, after := l.Day(app, history.RaisedSoon, restated.Add(-time.Second)), l.Day(app, history.RaisedSoon, restated)
			for _, name := range l.selected() {
				if app.Name == name && of(before) != of(after) {
					differing++
				}
			}
		}
		times := frame.Fields[0].numbers()
		for i, v := range frame.Fields[1].numbers() {
			at, want := time.UnixMilli(int64(times[i])), 0.0
			if !l.fetched(one, at).Before(restated) && l.fetched(two, at).Before(restated) {
				want = differing
			}
			if v != want {
				return fmt.Errorf("%s is %v at %v, want %v", frame.Name, v, at.UTC(), want)
			}
		}
	}
	return nil
}

// all expects several things.
func all(expectations ...expectation) expectation {
	return func(l look) error {
		var wrong error
		for _, expect := range expectations {
			wrong = errors.Join(wrong, expect(l))
		}
		return wrong
	}
}
