package history

import (
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness"
)

// Knowledge is what each exporter last said of each app's days, by what the API
// told it: the instance, the app's name and the day.
type Knowledge map[string]map[string]map[int]apitest.Day

// Learn takes note of an answer that an exporter has shown: of the window's days
// from the earliest that has livestreams, as the contract says.
func (k Knowledge) Learn(h *History, instance string, at time.Time) {
	if k[instance] == nil {
		k[instance] = map[string]map[int]apitest.Day{}
	}
	for _, app := range h.Configured(at) {
		if k[instance][app.Name] == nil {
			k[instance][app.Name] = map[int]apitest.Day{}
		}
		begun := false
		for n := h.Number(at) - harness.WindowDays + 1; n <= h.Number(at); n++ {
			d := h.Day(app, n, at)
			if begun = begun || d.Sessions > 0; begun {
				k[instance][app.Name][n] = d
			}
		}
	}
}

// Shown returns what is known of a day by now: the most that any exporter said
// last. A day that none has ever shown is not known.
func (k Knowledge) Shown(app string, n int) (shown apitest.Day, ok bool) {
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
