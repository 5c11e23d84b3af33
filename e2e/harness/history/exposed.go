package history

import (
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness"
)

// Exposed has the last values of each exporter, computed from the responses of the API, by
// instance, name of the app and day.
type Exposed map[string]map[string]map[int]apitest.Day

// Record adds the values that an exporter exposes for a response at a time: the days of the
// window from the earliest one with livestreams.
func (k Exposed) Record(h *History, instance string, at time.Time) {
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

// Latest returns the numbers of a day: the largest that any exporter exposed last. ok is
// false if no exporter exposed the day.
func (k Exposed) Latest(app string, n int) (day apitest.Day, ok bool) {
	for _, days := range k {
		d, known := days[app][n]
		if !known {
			continue
		}
		ok = true
		day.Date = d.Date
		day.Sessions = max(day.Sessions, d.Sessions)
		day.IngestSeconds = max(day.IngestSeconds, d.IngestSeconds)
		day.ViewerSeconds = max(day.ViewerSeconds, d.ViewerSeconds)
	}
	return day, ok
}
