// Package history starts a Prometheus that stores months of data. Exporters are scraped on
// a fake clock, and the simulated API returns a history whose numbers are all known.
// promtool turns the scrapes into blocks. Then Prometheus also scrapes a running exporter.
package history

import (
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness"
)

// A History has the events of some apps, their exporters and Prometheus in the days before
// now. Days are counted from today, which is 0. All numbers are computed, so that tests can
// compute the expected ones.
type History struct {
	Now     time.Time // when the stored days end and Prometheus starts
	Today   time.Time // its 00:00 UTC
	Apps    []App
	Exposed Exposed

	Restated map[int]restatement
}

// An App is an app of the history.
type App struct {
	ID, Name string
	Since    int            // the day on which it was added to the configuration
	streams  func(int) bool // whether it had livestreams on a day
}

// The apps of the history. One name has characters that are special in a regular
// expression, in PromQL and in a URL. Another has a quote, which Grafana's classic
// escaping does not escape.
const (
	Always  = "main"                                        // livestreams every day
	second  = "main-stage"                                  // every second day; its name starts with the name above
	Hostile = `a (b|c) [d]{2}.*$^+? \ %2F&var-app=x <i> ü'` // every day
	Late    = `late "show"`                                 // every day, and configured late
	Gone    = "007"                                         // the last livestream was long ago; a name that looks like a number
	Silent  = "silent"                                      // no livestream
)

// The events of the history, by day.
const (
	FirstDay      = -110
	FailsFrom     = -10 // the API fails from 02:00 to 22:00
	OutageFrom    = -70 // Prometheus is down from 12:00 of this day for a day and a half
	OutageTo      = OutageFrom + 2
	lateSince     = -50
	Replaced      = -45 // one exporter's pod is replaced at 12:00
	lastOfGone    = -40
	NobodyWatched = -30 // the app Always had livestreams without viewers
	NoLivestream  = -25 // the app Always had no livestream
	Lowered       = -92 // restated downwards
	LoweredAgain  = -47 // restated downwards after the replacement of the pod that exposed the higher numbers
	raised        = -95 // restated upwards
	RaisedSoon    = -2  // restated upwards the day after
)

// restatements are the days that the API changed later, in percent of the numbers
// before.
func (h *History) restatements() map[int]restatement {
	return map[int]restatement{
		raised:       {h.At(raised+5, 6), 150},
		Lowered:      {h.At(Lowered+4, 6), 50},
		LoweredAgain: {h.At(Replaced+1, 6), 80},
		RaisedSoon:   {h.At(RaisedSoon+1, 12), 120},
	}
}

type restatement struct {
	At      time.Time
	percent int64
}

// New returns a history that ends now.
func New(now time.Time) *History {
	everyDay := func(int) bool { return true }
	h := &History{Now: now.UTC().Truncate(time.Second), Apps: []App{
		{"always-id", Always, FirstDay, func(n int) bool { return n != NoLivestream }},
		{"second-id", second, FirstDay, func(n int) bool { return n%2 == 0 }},
		{"hostile-id", Hostile, FirstDay, everyDay},
		{"late-id", Late, lateSince, everyDay},
		{"gone-id", Gone, FirstDay, func(n int) bool { return n <= lastOfGone && n%5 == 0 }},
		{"silent-id", Silent, FirstDay, func(int) bool { return false }},
	}}
	h.Today = h.Now.Truncate(24 * time.Hour)
	h.Exposed = Exposed{}
	h.Restated = h.restatements()
	return h
}

// Midnight returns 00:00 UTC of a day.
func (h *History) Midnight(n int) time.Time { return h.Today.AddDate(0, 0, n) }

// At returns a time of a day.
func (h *History) At(n, hour int) time.Time {
	return h.Midnight(n).Add(time.Duration(hour) * time.Hour)
}

// Number returns the number of the day of a time.
func (h *History) Number(at time.Time) int {
	return int(at.UTC().Truncate(24*time.Hour).Sub(h.Today) / (24 * time.Hour))
}

// Day returns what the API returns for a day at some time: a day grows until it is
// over, and may be restated.
func (h *History) Day(app App, n int, at time.Time) apitest.Day {
	d := apitest.Day{Date: h.Midnight(n).Format(time.DateOnly)}
	elapsed := min(at.Sub(h.Midnight(n)), 24*time.Hour)
	if !app.streams(n) || elapsed < 0 {
		return d
	}
	k, m := int64(len(app.Name)), int64(n-2*FirstDay)
	d.Sessions = 1 + (k+7*m)%9
	d.IngestSeconds = d.Sessions * (1_800 + 60*((k+11*m)%17))
	d.ViewerSeconds = d.IngestSeconds*(3+(k+m)%4) + 37*m
	if n == NobodyWatched && app.Name == Always {
		d.ViewerSeconds = 0
	}
	if r, ok := h.Restated[n]; ok && !at.Before(r.At) {
		d.Sessions, d.IngestSeconds, d.ViewerSeconds =
			d.Sessions*r.percent/100, d.IngestSeconds*r.percent/100, d.ViewerSeconds*r.percent/100
	}
	grown := func(v *int64) { *v = *v * int64(elapsed/time.Second) / (24 * 60 * 60) }
	grown(&d.IngestSeconds)
	grown(&d.ViewerSeconds)
	grown(&d.Sessions)
	d.Sessions++
	return d
}

// setDays makes the API return the days of the window at a time.
func (h *History) setDays(api *apitest.API, at time.Time) {
	for _, app := range h.Apps {
		for n := h.Number(at) - harness.WindowDays; n <= h.Number(at); n++ {
			api.SetDay(app.ID, h.Day(app, n, at))
		}
	}
}

// Configured returns the apps that are in the configuration at a time.
func (h *History) Configured(at time.Time) (apps []App) {
	for _, app := range h.Apps {
		if !at.Before(h.At(app.Since, 12)) {
			apps = append(apps, app)
		}
	}
	return apps
}

// Fails reports whether the API fails at a time.
func (h *History) Fails(at time.Time) bool {
	return !at.Before(h.At(FailsFrom, 2)) && at.Before(h.At(FailsFrom, 22))
}
