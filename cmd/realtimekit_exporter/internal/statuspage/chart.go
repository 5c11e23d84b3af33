package statuspage

import (
	"fmt"
	"math"
	"strings"

	"github.com/realtimekit-exporter/realtimekit_exporter/cmd/realtimekit_exporter/internal/plural"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector"
)

// A chart shows a metric by day, as bars and in words.
type chart struct {
	Title, Total, Maximum string
	Description           string // of the whole chart, for screen readers
	Width                 int    // one unit per day
	From, To              string

	// Paths of the image: complete days, the current day, days of 0, unknown days, and a
	// dash in each of these.
	Bars, Today, Zeros, Unknown, Dashes string
}

const chartHeight = 40

// newChart returns the chart of a metric. column is its position in the values of a day.
func newChart(m collector.Metric, column int, days []collector.Line) chart {
	var (
		isInteger      = m.Unit == 1
		values         = make([]float64, len(days)) // in the metric's unit for people
		total, maximum float64
		maximumAt      string
		zeros, unknown int
	)
	for i, d := range days {
		v := d.Values[column] / m.Unit
		values[i] = v
		switch {
		case math.IsNaN(v):
			unknown++
			continue
		case v == 0:
			zeros++
		case v > maximum:
			maximum, maximumAt = v, d.Label
		}
		total += v
	}
	c := chart{
		Title: m.Title, Width: len(days),
		From: days[0].Label, To: days[len(days)-1].Label,
	}
	words := []string{fmt.Sprintf("%s per day from %s to %s", m.Title, c.From, c.To)}
	if unknown == len(days) {
		words = append(words, "no day is known")
	} else {
		c.Total = number(total, isInteger)
		words = append(words, c.Total+" in total")
	}
	if maximum > 0 {
		c.Maximum = fmt.Sprintf("maximum %s on %s", number(maximum, isInteger), maximumAt)
		words = append(words, c.Maximum)
	}
	if v := values[len(days)-1]; !math.IsNaN(v) {
		words = append(words, number(v, isInteger)+" on the current day")
	}
	if zeros > 0 {
		words = append(words, "0 on "+plural.Count(zeros, "day"))
	}
	if unknown > 0 && unknown < len(days) {
		words = append(words, plural.Count(unknown, "day")+" unknown")
	}
	c.Description = strings.Join(words, ", ") + "."
	c.draw(values, maximum)
	return c
}

// draw makes one path for all days of the same kind, which keeps the page small.
func (c *chart) draw(values []float64, maximum float64) {
	var bars, today, zeros, unknown, dashes strings.Builder
	for i, v := range values {
		switch {
		case math.IsNaN(v):
			fmt.Fprintf(&unknown, "M%d 0h1v%dh-1z", i, chartHeight)
			fmt.Fprintf(&dashes, "M%d.3 %dh.4", i, chartHeight/2)
		case v == 0:
			fmt.Fprintf(&zeros, "M%d.15 %dh.7v-1h-.7z", i, chartHeight)
		default:
			into := &bars
			if i == len(values)-1 {
				into = &today
			}
			fmt.Fprintf(into, "M%d.15 %dh.7V%.1fh-.7z", i, chartHeight, chartHeight-max(1, v/maximum*(chartHeight-1)))
		}
	}
	c.Bars, c.Today, c.Zeros, c.Unknown, c.Dashes = bars.String(), today.String(), zeros.String(), unknown.String(), dashes.String()
}
