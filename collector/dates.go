package collector

import (
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
)

// dates are the days of the window: their label date, which all apps share, and
// when they begin. They are made again when the window moves.
type dates struct {
	window api.Window
	labels map[time.Time]*dto.LabelPair
	starts []sample
}

// A dateCache keeps the dates of the last window.
type dateCache struct {
	desc *prometheus.Desc // of when a date begins
	mu   sync.Mutex
	last *dates
}

// get returns the dates of a window.
func (c *dateCache) get(w api.Window) *dates {
	w = api.Window{Start: w.Start, End: api.Day(w.End)}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.last != nil && c.last.window == w {
		return c.last
	}
	d := &dates{window: w, labels: make(map[time.Time]*dto.LabelPair)}
	var labels [][]*dto.LabelPair
	var begins []float64
	for day := w.Start; !day.After(w.End); day = day.AddDate(0, 0, 1) {
		if c.last != nil {
			d.labels[day] = c.last.labels[day]
		}
		if d.labels[day] == nil {
			d.labels[day] = pair("date", day.Format(time.DateOnly))
		}
		labels = append(labels, []*dto.LabelPair{d.labels[day]})
		begins = append(begins, float64(day.Unix()))
	}
	d.starts = newSamples(c.desc, labels, begins)
	c.last = d
	return d
}

// label is the label of a day, shared if the day is in the window.
func (d *dates) label(day time.Time) *dto.LabelPair {
	if p, ok := d.labels[day]; ok {
		return p
	}
	return pair("date", day.Format(time.DateOnly))
}
