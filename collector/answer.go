package collector

import (
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
)

// An answer is a successful response: a report's days, and when it was requested.
type answer struct {
	report  Report
	window  api.Window // that was requested
	rows    []Day      // what the API sent, in ascending order
	skipped int        // rows without a date
	days    []Day      // the rows, and the days of 0 without one

	mu      sync.Mutex
	name    string
	count   int                 // of rows in the window
	about   []prometheus.Metric // when it was requested, and how many rows it has
	metrics [][]sample          // of each desc, for each of the days
}

func newAnswer(r Report, data Data, w api.Window) *answer {
	last := api.Day(w.End)
	if today := api.Day(data.ServerTime); !data.ServerTime.IsZero() && today.Before(last) {
		last = today
	}
	return &answer{report: r, rows: data.Days, skipped: data.Skipped, days: fill(data.Days, last, len(r.Descs)), window: w}
}

// fill adds the days of 0. A day without a row was a day without livestreams, but
// only between the first row and the day of the request: whether the response
// covers any other day is not known.
func fill(rows []Day, last time.Time, measures int) (days []Day) {
	if len(rows) == 0 {
		return nil
	}
	zeros := make([]float64, measures)
	next := rows[0].Date
	fillBefore := func(end time.Time) {
		for ; next.Before(end) && !next.After(last); next = next.AddDate(0, 0, 1) {
			days = append(days, Day{next, zeros})
		}
	}
	for _, row := range rows {
		fillBefore(row.Date)
		days = append(days, row)
		next = row.Date.AddDate(0, 0, 1)
	}
	fillBefore(last.AddDate(0, 0, 1))
	return days
}

// within says which of some days are in a window, as a half-open range.
func within(days []Day, w api.Window) (from, to int) {
	compare := func(d Day, t time.Time) int { return d.Date.Compare(t) }
	from, _ = slices.BinarySearchFunc(days, w.Start, compare)
	to, _ = slices.BinarySearchFunc(days, api.Day(w.End).AddDate(0, 0, 1), compare)
	return from, to
}

// rowsIn counts the rows in a window: the one of now can be another than was
// requested.
func (a *answer) rowsIn(w api.Window) int {
	from, to := within(a.rows, w)
	return to - from
}

// metricsAs returns the metrics under an app's name. They are made once for a
// response, name and window, not for every scrape.
func (a *answer) metricsAs(name string, w api.Window, d *descs, dates *dates) (about []prometheus.Metric, metrics [][]sample) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.about == nil || a.name != name {
		a.metrics = a.render(name, dates)
	}
	if count := a.rowsIn(w); a.about == nil || a.name != name || a.count != count {
		a.about = []prometheus.Metric{
			constant(d.success, seconds(a.window.End), name, a.report.Name),
			constant(d.rows, float64(count), name, a.report.Name),
			constant(d.skipped, float64(a.skipped), name, a.report.Name),
		}
		a.name, a.count = name, count
	}
	return a.about, a.metrics
}

// render makes the metrics of the days.
func (a *answer) render(name string, dates *dates) [][]sample {
	var (
		app     = pair("app", name)
		labels  = make([][]*dto.LabelPair, len(a.days))
		metrics = make([][]sample, len(a.report.Descs))
	)
	for n, day := range a.days {
		labels[n] = []*dto.LabelPair{app, dates.label(day.Date)}
	}
	for i, desc := range a.report.Descs {
		values := make([]float64, len(a.days))
		for n, day := range a.days {
			values[n] = day.Values[i]
		}
		metrics[i] = newSamples(desc, labels, values)
	}
	return metrics
}

// daysBetween counts the midnights (UTC) from one time to another.
func daysBetween(from, to time.Time) int {
	return int(api.Day(to).Sub(api.Day(from)) / (24 * time.Hour))
}
