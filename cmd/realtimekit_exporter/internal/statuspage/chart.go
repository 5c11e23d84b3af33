package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/collector"
)

// A chart is a measure of an app by day, as bars and in words.
type chart struct {
	Title, Total, Most string
	Words              string // all of it, for who does not see the bars
	Width              int    // a unit for each day
	From, To           string

	// What the paths of the picture draw: days that are over, the one that is not,
	// days of 0, and days that are not known, with a dash in each.
	Bars, Today, Zeros, Unknown, Dashes string
}

const chartHeight = 40

func newChart(m collector.Measure, column int, days []collector.Day) chart {
	var (
		whole          = m.Unit == 1
		total, most    float64
		mostOn         time.Time
		zeros, unknown int
	)
	for _, d := range days {
		if d.Values == nil {
			unknown++
			continue
		}
		v := d.Values[column] / m.Unit
		total += v
		if v == 0 {
			zeros++
		}
		if v > most {
			most, mostOn = v, d.Date
		}
	}
	last := days[len(days)-1]
	c := chart{
		Title: m.Title, Width: len(days), Total: number(total, whole),
		From: days[0].Date.Format(time.DateOnly), To: last.Date.Format(time.DateOnly),
	}
	words := []string{fmt.Sprintf("%s per day from %s to %s", m.Title, c.From, c.To)}
	if unknown == len(days) {
		c.Total = ""
		words = append(words, "no day is known")
	} else {
		words = append(words, c.Total+" in total")
	}
	if most > 0 {
		c.Most = fmt.Sprintf("most %s on %s", number(most, whole), mostOn.Format(time.DateOnly))
		words = append(words, c.Most)
	}
	if last.Values != nil {
		words = append(words, number(last.Values[column]/m.Unit, whole)+" today so far")
	}
	if zeros > 0 {
		words = append(words, "0 on "+many(zeros, "day"))
	}
	if unknown > 0 && unknown < len(days) {
		words = append(words, many(unknown, "day")+" not known")
	}
	c.Words = strings.Join(words, ", ") + "."
	c.draw(m, column, days, most)
	return c
}

// draw makes one path of all days that look alike, which keeps pages small.
func (c *chart) draw(m collector.Measure, column int, days []collector.Day, most float64) {
	var bars, today, zeros, unknown, dashes strings.Builder
	for i, d := range days {
		switch {
		case d.Values == nil:
			fmt.Fprintf(&unknown, "M%d 0h1v%dh-1z", i, chartHeight)
			fmt.Fprintf(&dashes, "M%d.3 %dh.4", i, chartHeight/2)
		case d.Values[column] == 0:
			fmt.Fprintf(&zeros, "M%d.15 %dh.7v-1h-.7z", i, chartHeight)
		default:
			into := &bars
			if i == len(days)-1 {
				into = &today
			}
			fmt.Fprintf(into, "M%d.15 %dh.7V%.1fh-.7z", i, chartHeight, chartHeight-max(1, d.Values[column]/m.Unit/most*(chartHeight-1)))
		}
	}
	c.Bars, c.Today, c.Zeros, c.Unknown, c.Dashes = bars.String(), today.String(), zeros.String(), unknown.String(), dashes.String()
}
