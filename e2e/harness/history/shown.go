package history

import (
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness"
)

// Shown is what each exporter showed last, computed from the responses of the API, by
// instance, name of the app and day.
type Shown map[string]map[string]map[int]apitest.Day

// Record adds what an exporter shows for a response at a time: the days of the window
// from the earliest one with livestreams.
func (k Shown) Record(h *History, instance string, at time.Time) {
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

// Latest returns the numbers of a day: the largest that any exporter showed last. ok is
// false if no exporter showed the day.
func (k Shown) Latest(app string, n int) (shown apitest.Day, ok bool) {
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
