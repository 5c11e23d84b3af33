package grafana

import (
	"maps"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/grafana/scenario"
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// sumOf adds up the days of all apps from first to last, as of a time.
func sumOf(s *scenario.Scenario, first, last, at time.Time) (sum apitest.Day) {
	for _, app := range s.Apps {
		for _, d := range values(s, app, first, last, at) {
			sum.Sessions += d.Sessions
			sum.IngestSeconds += d.IngestSeconds
			sum.ViewerSeconds += d.ViewerSeconds
		}
	}
	return sum
}

// expectNow compares the two rows about now.
func expectNow(t *testing.T, s *scenario.Scenario, got result) {
	now := scenario.Now()
	today := func(ago int) apitest.Day {
		at := now.AddDate(0, 0, -ago)
		return sumOf(s, at.Truncate(day), at, at)
	}
	complete := func(ago int) apitest.Day {
		at := now.AddDate(0, 0, -ago)
		return sumOf(s, at.AddDate(0, 0, -30).Truncate(day), at.AddDate(0, 0, -1).Truncate(day), at)
	}
	audience := func(d apitest.Day) float64 { return float64(d.ViewerSeconds) / float64(d.IngestSeconds) }
	for measure, of := range map[string]func(apitest.Day) float64{
		"Sessions":         func(d apitest.Day) float64 { return float64(d.Sessions) },
		"Ingest hours":     func(d apitest.Day) float64 { return float64(d.IngestSeconds) / 3600 },
		"Viewer hours":     func(d apitest.Day) float64 { return float64(d.ViewerSeconds) / 3600 },
		"Average audience": audience,
	} {
		expectStats(t, got.Panels[measure+" today"], of(today(0)), of(today(1)), of(today(7)))
		expectStats(t, got.Panels[measure+", 30 days"], of(complete(0)), of(complete(30)))
	}
	if text := got.Panels["Viewer hours, 30 days"].Stats[0].Text; len(text) < 7 || text[len(text)-6] != ',' {
		t.Errorf("the digits of %q are not grouped", text)
	}
}

// expectStats expects a value, and its change since each value before.
func expectStats(t *testing.T, p panel, value float64, before ...float64) {
	t.Helper()
	want := []float64{value}
	for _, b := range before {
		want = append(want, value/b-1)
	}
	if len(p.Stats) != len(want) {
		t.Fatalf("stats %+v, want %v", p.Stats, want)
	}
	for i, s := range p.Stats {
		if s.Value == nil || math.Abs(*s.Value-want[i]) > 1e-9*max(math.Abs(want[i]), 1) {
			t.Errorf("%s is %s, want %v", s.Title, s.Text, want[i])
		}
	}
}

// expectWeekdays compares the mean of each weekday over the complete days.
func expectWeekdays(t *testing.T, s *scenario.Scenario, v view, p panel) {
	t.Helper()
	first, last := v.bounds()
	want := map[string]float64{}
	for _, app := range v.apps(s) {
		sums, counts := map[time.Weekday]float64{}, map[time.Weekday]float64{}
		for _, d := range values(s, app, first, last.AddDate(0, 0, -1), v.asOf) {
			date, err := time.Parse(time.DateOnly, d.Date)
			if err != nil {
				t.Fatal(err)
			}
			sums[date.Weekday()] += float64(d.Sessions)
			counts[date.Weekday()]++
		}
		for on, sum := range sums {
			want[on.String()] += sum / counts[on]
		}
	}
	got := map[string]float64{}
	if len(want) > 0 {
		names, means := p.column(t, "Weekday"), p.column(t, "Sessions").numbers()
		for i, name := range names.Texts {
			got[name] = means[i]
		}
	}
	expectNumbers(t, got, want)
}
