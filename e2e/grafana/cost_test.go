package grafana

import (
	"testing"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/grafana/scenario"
)

// maxSamples bounds what the dashboard reads of two apps that were scraped every
// two minutes for 40 days. Reading each sample of each day took 163 million.
const maxSamples = 500_000

func TestLivestreams_CostIsBounded(t *testing.T) {
	t.Parallel()
	now := scenario.Now()
	s := &scenario.Scenario{Name: "cost", Start: now.AddDate(0, 0, -40), Now: now, Instances: []string{"a:11780"}, Recorded: true,
		Apps: []scenario.App{{ID: "demo-main-stage", Name: "demo-main-stage"}, {ID: "demo-concerts", Name: "demo-concerts"}},
		Times: func(start, now time.Time) (times []time.Time) {
			for at := start; !at.After(now); at = at.Add(2 * time.Minute) {
				times = append(times, at)
			}
			return times
		}}
	got, err := show(t.Context(), "UTC", []view{{Name: "30 days", Dashboard: "livestreams", Prometheus: serve(t, s), Now: now.UnixMilli(), From: "now-30d/d", To: "now"}})
	if err != nil {
		t.Fatal(err)
	}
	samples := got["30 days"].Samples
	t.Logf("all panels read %d samples", samples)
	if samples > maxSamples || samples == 0 {
		t.Errorf("all panels read %d samples, want at most %d", samples, maxSamples)
	}
}
