package grafana

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness"
	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness/history"
)

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
		if !known || math.IsNaN(of(this)) {
			if l.Stats[0].Text != "no "+missing+" known in this range" {
				return fmt.Errorf("it shows %q, and no %s is known", l.Stats[0].Text, missing)
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
	if len(days) == 0 || days[0] <= history.FirstDay-harness.WindowDays {
		return math.NaN()
	}
	before, _ := l.total(days)
	if of(before) == 0 {
		return math.NaN()
	}
	return 100 * (this - of(before)) / of(before)
}
