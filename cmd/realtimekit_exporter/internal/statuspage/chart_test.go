package statuspage

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/collector"
)

// The values of one report can cover different days.
func TestChart_ValuesWithDifferentCoverage(t *testing.T) {
	day := func(n int, values ...float64) collector.Day {
		return collector.Day{Date: time.Date(2000, 1, n, 0, 0, 0, 0, time.UTC), Values: values}
	}
	unknown := math.NaN()
	var c card
	c.fill([]collector.Measure{{Title: "Sessions", Unit: 1, Chart: true}, {Title: "Hours", Unit: 3600, Chart: true}},
		[]collector.Day{day(1, unknown, unknown), day(2, 3, unknown), day(3, 0, 7200), day(4, unknown, 3600)})
	want := []string{
		"Sessions per day from 2000-01-01 to 2000-01-04, 3 in total, maximum 3 on 2000-01-02, 0 on 1 day, 2 days unknown.",
		"Hours per day from 2000-01-01 to 2000-01-04, 3.0 in total, maximum 2.0 on 2000-01-03, 1.0 on the current day, 2 days unknown.",
	}
	for i, chart := range c.Charts {
		if chart.Description != want[i] {
			t.Errorf("got %q, want %q", chart.Description, want[i])
		}
		if got := strings.Count(chart.Unknown, "M"); got != 2 {
			t.Errorf("%s: %d unknown days are drawn, want 2", chart.Title, got)
		}
	}
	rows := [][]string{{"", "1.0"}, {"0", "2.0"}, {"3", ""}, {"", ""}}
	for i, row := range c.Days {
		if !slices.Equal(row.Cells, rows[i]) {
			t.Errorf("%s: got %q, want %q", row.Date, row.Cells, rows[i])
		}
	}
}
