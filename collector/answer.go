package collector

import (
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
)

// An answer is what a request brought: a report's days, and when.
type answer struct {
	report Report
	window api.Window // what was asked about
	rows   []Day      // what the API gave, in ascending order

	mu      sync.Mutex
	name    string
	about   []prometheus.Metric // when it was asked for, and how many rows it had
	metrics [][]sample          // of each desc, for each day from the first row to the window's end
}

func newAnswer(r Report, rows []Day, w api.Window) *answer {
	return &answer{report: r, rows: rows, window: w}
}

// metricsAs returns the metrics under an app's name. They are made once for an answer
// and name, not for every scrape.
func (a *answer) metricsAs(name string, d *descs, dates *dates) (about []prometheus.Metric, metrics [][]sample) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.about == nil || a.name != name {
		a.name = name
		a.about = []prometheus.Metric{
			constant(d.success, seconds(a.window.End), name, a.report.Name),
			constant(d.rows, float64(len(a.rows)), name, a.report.Name),
		}
		a.metrics = a.render(name, dates)
	}
	return a.about, a.metrics
}

// within says which of the days made lie in a window, as a half-open range: a scrape
// leaves out those that have left it since.
func (a *answer) within(w api.Window, days int) (from, to int) {
	first := a.rows[0].Date
	from = min(max(daysBetween(first, w.Start), 0), days)
	return from, max(min(daysBetween(first, w.End)+1, days), from)
}

// render makes the metrics of the days. A day without a row was a day without
// livestreams, but only between the first row and the time of the request: whether
// the answer covers any other is not known.
func (a *answer) render(name string, dates *dates) [][]sample {
	if len(a.rows) == 0 {
		return nil
	}
	var (
		rows    = a.rows
		days    = daysBetween(rows[0].Date, a.window.End) + 1
		app     = pair("app", name)
		labels  = make([][]*dto.LabelPair, days)
		values  = make([][]float64, len(a.report.Descs))
		metrics = make([][]sample, len(a.report.Descs))
	)
	for i := range values {
		values[i] = make([]float64, days)
	}
	for n := range days {
		date := a.rows[0].Date.AddDate(0, 0, n)
		labels[n] = []*dto.LabelPair{app, dates.label(date)}
		if len(rows) > 0 && rows[0].Date.Equal(date) {
			for i, v := range rows[0].Values {
				values[i][n] = v
			}
			rows = rows[1:]
		}
	}
	for i, desc := range a.report.Descs {
		metrics[i] = newSamples(desc, labels, values[i])
	}
	return metrics
}

// daysBetween counts the midnights (UTC) from one time to another.
func daysBetween(from, to time.Time) int {
	return int(api.Day(to).Sub(api.Day(from)) / (24 * time.Hour))
}
