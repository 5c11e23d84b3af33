package grafana

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness"
)

// expectMarked expects the annotation to lie on today, and nowhere else.
func (m *fixture) expectMarked(t *testing.T, scenes []*scene) {
	for _, s := range scenes {
		for _, a := range s.dash.Annotations.List {
			if a.Expr == "" {
				continue
			}
			step, err := parseDuration(a.Step)
			if err != nil {
				t.Fatal(err)
			}
			tgt := target{RefID: "Anno", Expr: a.Expr, Range: true, Interval: a.Step, Datasource: a.Datasource}
			got, err := s.askTarget(t.Context(), panel{Title: a.Name, MaxDataPoints: 100_000}, tgt, s.from, s.to)
			if err != nil {
				t.Error(err)
				continue
			}
			var times []time.Time
			for at := aligned(s.from, step); !at.After(s.to); at = at.Add(step) {
				if !at.Before(m.Today) && at.Before(s.now) {
					times = append(times, at)
				}
			}
			if got, err := timesOf(got.Result); err != nil || !slices.EqualFunc(got, times, time.Time.Equal) {
				t.Errorf("%s: %s is at %v, want %v; %v", s.name, a.Name, got, times, err)
			}
		}
	}
}

// timesOf reads when the series of a range query's result have points, but for 0.
func timesOf(result json.RawMessage) (times []time.Time, err error) {
	var all []harness.Series
	if err := json.Unmarshal(result, &all); err != nil {
		return nil, err
	}
	for _, s := range all {
		for _, value := range s.Values {
			at, _, err := harness.Point(value)
			if err != nil {
				return nil, err
			}
			times = append(times, at)
		}
	}
	return times, nil
}
