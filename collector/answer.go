package collector

import (
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
)

// An answer is what a request brought: a report's days, and when.
type answer struct {
	report  Report
	window  api.Window // what was asked about
	fetched time.Time
	rows    []Day // what the API gave, in ascending order

	mu      sync.Mutex
	name    string
	metrics [][]prometheus.Metric // of each day from the first row to the window's end
}

func newAnswer(r Report, rows []Day, w api.Window, fetched time.Time) *answer {
	return &answer{report: r, rows: rows, window: w, fetched: fetched}
}

// told returns the metrics of the days within a window, under an app's name. They
// are made once for an answer and name: a scrape only leaves out the days that
// have left the window since.
func (a *answer) told(name string, w api.Window) [][]prometheus.Metric {
	if len(a.rows) == 0 {
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.metrics == nil || a.name != name {
		a.name, a.metrics = name, a.render(name)
	}
	first := a.rows[0].Date
	from := min(max(daysBetween(first, w.Start), 0), len(a.metrics))
	to := max(min(daysBetween(first, w.End)+1, len(a.metrics)), from)
	return a.metrics[from:to]
}

// render makes the metrics. A day without a row was a day without livestreams,
// but only between the first row and the time of the request: whether the answer
// covers any other is not known.
func (a *answer) render(name string) [][]prometheus.Metric {
	var (
		rows    = a.rows
		zeros   = make([]float64, len(a.report.Descs))
		metrics = make([][]prometheus.Metric, 0, daysBetween(rows[0].Date, a.window.End)+1)
	)
	for date := rows[0].Date; !date.After(a.window.End); date = date.AddDate(0, 0, 1) {
		values := zeros
		if len(rows) > 0 && rows[0].Date.Equal(date) {
			values, rows = rows[0].Values, rows[1:]
		}
		day := make([]prometheus.Metric, len(values))
		label := date.Format(time.DateOnly)
		for i, desc := range a.report.Descs {
			day[i] = prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, values[i], name, label)
		}
		metrics = append(metrics, day)
	}
	return metrics
}

// daysBetween counts the midnights (UTC) from one time to another.
func daysBetween(from, to time.Time) int {
	return int(api.Day(to).Sub(api.Day(from)) / (24 * time.Hour))
}
