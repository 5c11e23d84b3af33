package grafana

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness"
)

// A look is one panel in one scene, to be compared with what happened.
type look struct {
	*fixture
	*scene
	picture
}

// An expectation says what is wrong with what a panel shows.
type expectation func(l look) error

// A measure takes a number out of a day, in the unit in which it is shown.
type measure func(apitest.Day) float64

func sessions(d apitest.Day) float64 { return float64(d.Sessions) }
func ingest(d apitest.Day) float64   { return float64(d.IngestSeconds) / 3600 }
func viewer(d apitest.Day) float64   { return float64(d.ViewerSeconds) / 3600 }

// audience is NaN where nothing was ingested.
func audience(d apitest.Day) float64 { return float64(d.ViewerSeconds) / float64(d.IngestSeconds) }

// selected returns the names of the apps that were chosen.
func (l look) selected() (names []string) {
	chosen := l.chosen["app"]
	for _, app := range l.Apps {
		if chosen == nil || slices.Contains(chosen, everything) || slices.Contains(chosen, app.Name) {
			names = append(names, app.Name)
		}
	}
	return names
}

// days returns the days whose 00:00 UTC lies between two times.
func (l look) days(from, to time.Time) (days []int) {
	for n := l.Number(from) - 1; n <= l.Number(to); n++ {
		if at := l.Midnight(n); !at.Before(from) && at.Before(to) {
			days = append(days, n)
		}
	}
	return days
}

// total adds up what is known of some days of the chosen apps.
func (l look) total(days []int) (total apitest.Day, known bool) {
	for _, app := range l.selected() {
		for _, n := range days {
			d, ok := l.Shown.Latest(app, n)
			known = known || ok
			total.Sessions += d.Sessions
			total.IngestSeconds += d.IngestSeconds
			total.ViewerSeconds += d.ViewerSeconds
		}
	}
	return total, known
}

// numbers reads a field's values; what has no value is NaN.
func (f field) numbers() []float64 {
	var numbers []float64
	for _, raw := range f.Values {
		v, err := strconv.ParseFloat(strings.Trim(string(raw), `"`), 64)
		if err != nil {
			v = math.NaN()
		}
		numbers = append(numbers, v)
	}
	return numbers
}

// named returns a field of a picture that has a single frame, as a table has.
func (p picture) named(name string) (field, error) {
	if len(p.Frames) != 1 {
		return field{}, fmt.Errorf("it has %d frames, want 1", len(p.Frames))
	}
	for _, f := range p.Frames[0].Fields {
		if f.Name == name {
			return f, nil
		}
	}
	return field{}, fmt.Errorf("it has no column %q", name)
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

// points reads the points of frames that have a field of times and one or more
// of values: by series and date.
func (p picture) points() (map[string]float64, error) {
	points := map[string]float64{}
	for _, frame := range p.Frames {
		if len(frame.Fields[0].Values) == 0 {
			continue
		}
		if len(frame.Fields) < 2 || frame.Fields[0].Type != "time" {
			return nil, fmt.Errorf("frame %q has no time and values", frame.Name)
		}
		times := frame.Fields[0].numbers()
		if !slices.IsSorted(times) {
			return nil, fmt.Errorf("frame %q: its times are not in order", frame.Name)
		}
		for _, f := range frame.Fields[1:] {
			if f.Type != "number" {
				return nil, fmt.Errorf("frame %q: field %q is no number", frame.Name, f.Name)
			}
			for i, v := range f.numbers() {
				key := f.Name + " at " + time.UnixMilli(int64(times[i])).UTC().Format(time.RFC3339)
				if _, twice := points[key]; twice {
					return nil, fmt.Errorf("it has %s twice", key)
				}
				if !math.IsNaN(v) {
					points[key] = v
				}
			}
		}
	}
	return points, nil
}

// bars expects a point for each day of each app, at its 00:00 UTC.
func bars(of measure) expectation {
	exactly := func(l look) []int { return l.days(l.from, l.to) }
	return barsOf(of, exactly, func(l look, app string, n int) (apitest.Day, bool) { return l.Shown.Latest(app, n) })
}

// whole is the days of a range, the one too in which it begins.
func whole(l look) []int { return l.days(aligned(l.from, 24*time.Hour), l.to) }

func barsOf(of measure, days func(look) []int, day func(l look, app string, n int) (apitest.Day, bool)) expectation {
	return func(l look) error {
		want := map[string]float64{}
		for _, app := range l.selected() {
			for _, n := range days(l) {
				if d, ok := day(l, app, n); ok {
					want[app+" at "+l.Midnight(n).Format(time.RFC3339)] = of(d)
				}
			}
		}
		got, err := l.points()
		if err != nil {
			return err
		}
		return near(got, want)
	}
}
