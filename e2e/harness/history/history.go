package e2e

import (
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
)

// A history is what happened to some apps, their exporters and the Prometheus
// that scraped them, in the days before now. Days are counted from today, which
// is 0; numbers are a matter of arithmetic, so that every one is known without
// asking anybody.
type history struct {
	now   time.Time // when the stored days end and the real Prometheus begins
	today time.Time // its 00:00 UTC
	apps  []storyApp
	known knowledge

	restated map[int]restatement
	lately   map[int]knowledge // of the scrapes of each day
}

// A storyApp is an app of the history.
type storyApp struct {
	id, name string
	since    int            // the day on which it was added to the configuration
	streams  func(int) bool // whether it had livestreams on a day
}

// The apps of the history. One has a name that means something to a regular
// expression, to PromQL and to a URL; a quote is in another, since Grafana's
// classic escaping leaves quotes alone.
const (
	always  = "main"                                        // livestreams every day
	second  = "main-stage"                                  // every second day; its name begins like the other's
	hostile = `a (b|c) [d]{2}.*$^+? \ %2F&var-app=x <i> ü'` // every day
	late    = `late "show"`                                 // every day, and configured late
	gone    = "007"                                         // the last livestream was long ago; a name that looks like a number
	silent  = "silent"                                      // no livestream ever
)

// What happened, by day.
const (
	firstDay     = -110
	failsFrom    = -10 // the API fails from 02:00 to 22:00
	outageFrom   = -70 // Prometheus is away from 12:00 of this day for a day and a half
	outageTo     = outageFrom + 2
	lateSince    = -50
	replaced     = -45 // one exporter's pod is replaced at 12:00
	lastOfGone   = -40
	toNobody     = -30 // always streamed, and nobody watched
	nothingOn    = -25 // always had no livestream
	lowered      = -92 // restated downwards
	loweredAgain = -47 // restated downwards after the pod was replaced that had shown more
	raised       = -95 // restated upwards
	raisedSoon   = -2  // restated upwards the day after
)

// restatements are days that the API changed later on, in hundredths.
func (h *history) restatements() map[int]restatement {
	return map[int]restatement{
		raised:       {h.at(raised+5, 6), 150},
		lowered:      {h.at(lowered+4, 6), 50},
		loweredAgain: {h.at(replaced+1, 6), 80},
		raisedSoon:   {h.at(raisedSoon+1, 12), 120},
	}
}

type restatement struct {
	at      time.Time
	percent int64
}

func newHistory(now time.Time) *history {
	everyDay := func(int) bool { return true }
	h := &history{now: now.UTC().Truncate(time.Second), apps: []storyApp{
		{"always-id", always, firstDay, func(n int) bool { return n != nothingOn }},
		{"second-id", second, firstDay, func(n int) bool { return n%2 == 0 }},
		{"hostile-id", hostile, firstDay, everyDay},
		{"late-id", late, lateSince, everyDay},
		{"gone-id", gone, firstDay, func(n int) bool { return n <= lastOfGone && n%5 == 0 }},
		{"silent-id", silent, firstDay, func(int) bool { return false }},
	}}
	h.today = h.now.Truncate(24 * time.Hour)
	h.known, h.lately = knowledge{}, map[int]knowledge{}
	h.restated = h.restatements()
	return h
}

// day returns 00:00 UTC of a day.
func (h *history) day(n int) time.Time { return h.today.AddDate(0, 0, n) }

func (h *history) at(n, hour int) time.Time { return h.day(n).Add(time.Duration(hour) * time.Hour) }

// number is the inverse of day.
func (h *history) number(at time.Time) int {
	return int(at.UTC().Truncate(24*time.Hour).Sub(h.today) / (24 * time.Hour))
}

// says returns what the API says of a day at some time: a day grows until it is
// over, and may be restated.
func (h *history) says(app storyApp, n int, at time.Time) apitest.Day {
	d := apitest.Day{Date: h.day(n).Format(time.DateOnly)}
	elapsed := min(at.Sub(h.day(n)), 24*time.Hour)
	if !app.streams(n) || elapsed < 0 {
		return d
	}
	k, m := int64(len(app.name)), int64(n-2*firstDay)
	d.Sessions = 1 + (k+7*m)%9
	d.IngestSeconds = d.Sessions * (1_800 + 60*((k+11*m)%17))
	d.ViewerSeconds = d.IngestSeconds*(3+(k+m)%4) + 37*m
	if n == toNobody && app.name == always {
		d.ViewerSeconds = 0
	}
	if r, ok := h.restated[n]; ok && !at.Before(r.at) {
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

// tell has an API say what it says at a time, of the days in anybody's window.
func (h *history) tell(api *apitest.API, at time.Time) {
	for _, app := range h.apps {
		for n := h.number(at) - windowDays; n <= h.number(at); n++ {
			api.SetDay(app.id, h.says(app, n, at))
		}
	}
}

// configured returns the apps that are in the configuration at a time.
func (h *history) configured(at time.Time) (apps []storyApp) {
	for _, app := range h.apps {
		if !at.Before(h.at(app.since, 12)) {
			apps = append(apps, app)
		}
	}
	return apps
}

// fails tells whether the API fails at a time.
func (h *history) fails(at time.Time) bool {
	return !at.Before(h.at(failsFrom, 2)) && at.Before(h.at(failsFrom, 22))
}
