package e2e

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
)

// A look is one panel in one scene, to be compared with what happened.
type look struct {
	*history
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
	for _, app := range l.apps {
		if chosen == nil || slices.Contains(chosen, everything) || slices.Contains(chosen, app.name) {
			names = append(names, app.name)
		}
	}
	return names
}

// days returns the days whose 00:00 UTC lies between two times.
func (l look) days(from, to time.Time) (days []int) {
	for n := l.number(from) - 1; n <= l.number(to); n++ {
		if at := l.day(n); !at.Before(from) && at.Before(to) {
			days = append(days, n)
		}
	}
	return days
}

// total adds up what is known of some days of the chosen apps.
func (l look) total(days []int) (total apitest.Day, known bool) {
	for _, app := range l.selected() {
		for _, n := range days {
			d, ok := l.known.shown(app, n)
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
	equal := map[string]float64{}
	for k, w := range want {
		g, ok := got[k]
		switch {
		case math.IsNaN(w) && (!ok || math.IsNaN(g)):
			delete(got, k)
		case ok && math.Abs(g-w) <= 1e-9*max(math.Abs(w), 1):
			equal[k] = g
		default:
			equal[k] = w
		}
	}
	return differ(got, equal)
}

// points reads the points of frames that have a field of times and one or more
// of values: by series and date.
func (p picture) points() (map[string]float64, error) {
	points := map[string]float64{}
	for _, frame := range p.Frames {
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
	return barsOf(of, exactly, func(l look, app string, n int) (apitest.Day, bool) { return l.known.shown(app, n) })
}

// whole is the days of a range, the one too in which it begins.
func whole(l look) []int { return l.days(aligned(l.from, 24*time.Hour), l.to) }

func barsOf(of measure, days func(look) []int, day func(l look, app string, n int) (apitest.Day, bool)) expectation {
	return func(l look) error {
		want := map[string]float64{}
		for _, app := range l.selected() {
			for _, n := range days(l) {
				if d, ok := day(l, app, n); ok {
					want[app+" at "+l.day(n).Format(time.RFC3339)] = of(d)
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

// shownText is a number as Grafana writes it.
func shownText(v float64, decimals int, suffix string) string {
	factor := math.Pow10(decimals)
	return strconv.FormatFloat(math.Floor(v*factor+0.5)/factor, 'f', decimals, 64) + suffix
}

// totalOf expects a stat of the days in the range, and its change against as many days before.
func totalOf(of measure, decimals int, suffix, missing string) expectation {
	return func(l look) error {
		if len(l.Stats) != 1 {
			return fmt.Errorf("it has %d values, want 1", len(l.Stats))
		}
		this, known := l.total(l.days(l.from, l.to))
		if !known {
			if l.Stats[0].Text != "no "+missing+" known in this range" {
				return fmt.Errorf("it shows %q, and no day is known", l.Stats[0].Text)
			}
			return nil
		}
		want := map[string]float64{"value": of(this), "change": l.change(of, of(this))}
		got := map[string]float64{}
		for name, raw := range map[string]json.RawMessage{"value": l.Stats[0].Value, "change": l.Stats[0].PercentChange} {
			got[name] = field{Values: []json.RawMessage{raw}}.numbers()[0]
		}
		if err := near(got, want); err != nil {
			return err
		}
		if text := shownText(of(this), decimals, suffix); l.Stats[0].Text != text {
			return fmt.Errorf("it shows %q, want %q", l.Stats[0].Text, text)
		}
		return nil
	}
}

// change is in percent; NaN when the span before is not wholly known, or had nothing.
func (l look) change(of measure, this float64) float64 {
	length := time.Duration(math.Round(l.to.Sub(l.from).Seconds())) * time.Second
	days := l.days(l.from.Add(-length), l.from)
	if len(days) == 0 || days[0] <= firstDay-windowDays {
		return math.NaN()
	}
	before, _ := l.total(days)
	if of(before) == 0 {
		return math.NaN()
	}
	return 100 * (this - of(before)) / of(before)
}
