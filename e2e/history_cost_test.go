package e2e

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"testing"
	"time"
)

// expectCost measures what one point per day costs Prometheus, by the exporter's
// own series and by the recorded ones, in turn. The figures are for
// docs/performance.md; the samples that are read are the same each time.
func (m *museum) expectCost(t *testing.T) {
	raw := fmt.Sprintf("sum by (app) (max by (app, date) (last_over_time(%ssessions[%[2]dd] offset -%[2]dd))"+
		" and on (date) (max by (date) (last_over_time(%[3]s[%[2]dd] offset -%[2]dd)) == time()))", daily, windowDays+1, dateStart)
	recorded := fmt.Sprintf("max by (app) (last_over_time(app:%[1]ssessions:yesterday[86399s] offset -172799s)"+
		" or last_over_time(app:%[1]ssessions:today[86399s] offset -86399s))", daily)
	for _, days := range []int{30, 90} {
		var took [2][]time.Duration
		var samples [2]float64
		for range 7 {
			for i, promql := range []string{raw, recorded} {
				began := time.Now()
				samples[i] = m.samples(t, promql, m.day(1-days))
				took[i] = append(took[i], time.Since(began))
			}
		}
		for i := range took {
			slices.Sort(took[i])
		}
		t.Logf("%d days: raw %v and %.0f samples, recorded %v and %.0f samples: %.1f times as long",
			days, took[0][3].Round(time.Millisecond/10), samples[0], took[1][3].Round(time.Millisecond/10), samples[1],
			took[0][3].Seconds()/took[1][3].Seconds())
		if samples[0] < 10*samples[1] {
			t.Errorf("%d days: recorded series save less than nine samples of ten", days)
		}
	}
}

// samples is how many samples Prometheus reads to give one point per day since a day.
func (m *museum) samples(t *testing.T, promql string, since time.Time) float64 {
	t.Helper()
	var data struct {
		Result []json.RawMessage
		Stats  struct {
			Samples struct{ TotalQueryableSamples float64 }
		}
	}
	err := m.prom.ask(t.Context(), "query_range", url.Values{
		"query": {promql}, "step": {"1d"}, "start": {unix(since)}, "end": {unix(m.today)}, "stats": {"all"},
	}, &data)
	if err != nil || len(data.Result) == 0 {
		t.Fatalf("%s has no result: %v", promql, err)
	}
	return data.Stats.Samples.TotalQueryableSamples
}
