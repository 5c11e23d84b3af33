package rules

import (
	"math"
	"testing"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness"
	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness/history"
)

// A measure takes a number out of a day.
type measure func(apitest.Day) float64

func sessions(d apitest.Day) float64 { return float64(d.Sessions) }
func ingest(d apitest.Day) float64   { return float64(d.IngestSeconds) }
func viewer(d apitest.Day) float64   { return float64(d.ViewerSeconds) }

// audience is NaN without ingest.
func audience(d apitest.Day) float64 {
	if d.IngestSeconds == 0 {
		return math.NaN() // in the first seconds of a day, there can be views without ingest
	}
	return float64(d.ViewerSeconds) / float64(d.IngestSeconds)
}

// expectFinal compares the stored days with the API. A day that was restated
// downwards after a replaced pod had shown it keeps the larger numbers.
func (m server) expectFinal(t *testing.T) {
	count := 0
	for _, app := range m.Apps {
		for n := history.FirstDay - harness.WindowDays; n <= 0; n++ {
			shown, ok := m.Exposed.Latest(app.Name, n)
			fromAPI := m.Day(app, n, m.Now)
			if n == history.LoweredAgain && ok {
				fromAPI = m.Day(app, n, m.At(history.Replaced, 12))
			}
			if ok && shown != fromAPI {
				t.Errorf("day %d of %s is stored as %+v, and the API has %+v", n, app.Name, shown, fromAPI)
			}
			if !ok && fromAPI.Sessions > 0 && n > history.FirstDay && n > app.Since-harness.WindowDays {
				t.Errorf("day %d of %s is not stored, and the API has %+v", n, app.Name, fromAPI)
			}
			count++
		}
	}
	t.Logf("%d days of apps", count)
}

// near compares numbers by name. What is NaN in want may be absent too.
func near(got, want map[string]float64) error {
	alike := map[string]float64{}
	for k, w := range want {
		g, ok := got[k]
		switch {
		case math.IsNaN(w) && (!ok || math.IsNaN(g)):
			delete(got, k)
		case ok && math.Abs(g-w) <= 1e-9*max(math.Abs(w), 1):
			alike[k] = g
		default:
			alike[k] = w
		}
	}
	return harness.Diff(got, alike)
}
