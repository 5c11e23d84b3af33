package e2e

import (
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
)

// knowledge is what each exporter last said of each app's days, by what the API
// told it: the instance, the app's name and the day.
type knowledge map[string]map[string]map[int]apitest.Day

// learn takes note of an answer that an exporter has shown: of the window's days
// from the earliest that has livestreams, as the contract says.
func (k knowledge) learn(h *history, instance string, at time.Time) {
	if k[instance] == nil {
		k[instance] = map[string]map[int]apitest.Day{}
	}
	for _, app := range h.configured(at) {
		if k[instance][app.name] == nil {
			k[instance][app.name] = map[int]apitest.Day{}
		}
		begun := false
		for n := h.number(at) - windowDays + 1; n <= h.number(at); n++ {
			d := h.says(app, n, at)
			if begun = begun || d.Sessions > 0; begun {
				k[instance][app.name][n] = d
			}
		}
	}
}

// shown returns what is known of a day by now: the most that any exporter said
// last. A day that none has ever shown is not known.
func (k knowledge) shown(app string, n int) (shown apitest.Day, ok bool) {
	for _, said := range k {
		d, known := said[app][n]
		if !known {
			continue
		}
		ok = true
		shown.Date = d.Date
		shown.Sessions = max(shown.Sessions, d.Sessions)
		shown.IngestSeconds = max(shown.IngestSeconds, d.IngestSeconds)
		shown.ViewerSeconds = max(shown.ViewerSeconds, d.ViewerSeconds)
	}
	return shown, ok
}
