package collector

import (
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
)

// A response is what a successful fetch of a report returned.
type response struct {
	report  Report
	window  api.Window // that was requested
	dates   []Row      // the days that any metric has a row for; their values mean nothing
	rows    [][]Row    // of each metric: its rows, and the days of 0 between them
	skipped int        // rows without a date

	mu      sync.Mutex
	name    string
	count   int                 // of dates in the window
	about   []prometheus.Metric // when it was requested, and how many rows it has
	metrics [][]sample          // of each metric, for each of its rows
}

func newResponse(r Report, data Data) *response {
	resp := &response{report: r, window: data.Window, skipped: data.Skipped, rows: data.Rows}
	if r.Daily() {
		resp.fillDays(data)
	}
	return resp
}

// fillDays adds the days of 0, and sets the dates.
func (r *response) fillDays(data Data) {
	last := api.Day(data.Window.End)
	if today := api.Day(data.ServerTime); !data.ServerTime.IsZero() && today.Before(last) {
		last = today
	}
	r.rows = make([][]Row, len(data.Rows))
	for i, rows := range data.Rows {
		r.rows[i] = fill(rows, last)
		r.dates = append(r.dates, rows...)
	}
	slices.SortFunc(r.dates, func(a, b Row) int { return a.Date.Compare(b.Date) })
	r.dates = slices.CompactFunc(r.dates, func(a, b Row) bool { return a.Date.Equal(b.Date) })
	r.dates = slices.Clone(r.dates) // frees the capacity for the rows of all metrics
}

// fill adds the days of 0 to the rows of a metric. A day without a row was a day
// of 0, but only between the first row and the day of the request: whether the
// response covers any other day is not known.
func fill(rows []Row, last time.Time) (days []Row) {
	if len(rows) == 0 {
		return nil
	}
	next := rows[0].Date
	days = make([]Row, 0, max(len(rows), daysBetween(next, last)+1))
	fillBefore := func(end time.Time) {
		for ; next.Before(end) && !next.After(last); next = next.AddDate(0, 0, 1) {
			days = append(days, Row{Date: next})
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
func within(days []Row, w api.Window) (from, to int) {
	compare := func(d Row, t time.Time) int { return d.Date.Compare(t) }
	from, _ = slices.BinarySearchFunc(days, w.Start, compare)
	to, _ = slices.BinarySearchFunc(days, api.Day(w.End).AddDate(0, 0, 1), compare)
	return from, to
}

// exposed says which rows of a metric are exposed, as a half-open range: those of the
// days in the window, or all.
func (r *response) exposed(metric int, w api.Window) (from, to int) {
	if r.report.Daily() {
		return within(r.rows[metric], w)
	}
	return 0, len(r.rows[metric])
}

// rowsIn counts the days with a row in a window: the current one can be another
// than was requested.
func (r *response) rowsIn(w api.Window) int {
	from, to := within(r.dates, w)
	return to - from
}

// metricsAs returns the metrics under an app's name. They are made once for a
// response, name and window, not for every scrape.
func (r *response) metricsAs(name string, w api.Window, d *descs, dates *dates) (about []prometheus.Metric, metrics [][]sample) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.about == nil || r.name != name {
		r.metrics = r.render(name, dates)
	}
	if count := r.rowsIn(w); r.about == nil || r.name != name || r.count != count {
		r.about = []prometheus.Metric{
			constant(d.success, seconds(r.window.End), name, r.report.Name),
		}
		if r.report.Daily() {
			r.about = append(r.about,
				constant(d.rows, float64(count), name, r.report.Name),
				constant(d.skipped, float64(r.skipped), name, r.report.Name),
			)
		}
		r.name, r.count = name, count
	}
	return r.about, r.metrics
}

// render makes the metrics of the rows.
func (r *response) render(name string, dates *dates) [][]sample {
	app, metrics := pair("app", name), make([][]sample, len(r.rows))
	for i, rows := range r.rows {
		labels, values := make([][]*dto.LabelPair, len(rows)), make([]float64, len(rows))
		for n, row := range rows {
			label := pair(r.report.Label, row.Label)
			if r.report.Daily() {
				label = dates.label(row.Date)
			}
			labels[n], values[n] = []*dto.LabelPair{app, label}, row.Value
		}
		metrics[i] = newSamples(r.report.desc(r.report.Metrics[i]), labels, values)
	}
	return metrics
}

// daysBetween counts the midnights (UTC) from one time to another.
func daysBetween(from, to time.Time) int {
	return int(api.Day(to).Sub(api.Day(from)) / (24 * time.Hour))
}

// A sample is a gauge that is made once and exposed by many scrapes. It does what a
// constant metric of client_golang does, but shares its labels with others and
// lies beside those it is read with: a scrape of many apps mostly waits for memory.
type sample struct {
	desc   *prometheus.Desc
	labels []*dto.LabelPair // in ascending order of their names
	gauge  dto.Gauge
	value  float64
}

// newSamples makes samples of one desc, side by side.
func newSamples(desc *prometheus.Desc, labels [][]*dto.LabelPair, values []float64) []sample {
	samples := make([]sample, len(values))
	for i := range samples {
		s := &samples[i]
		s.desc, s.labels, s.value = desc, labels[i], values[i]
		s.gauge.Value = &s.value
	}
	return samples
}

func pair(name, value string) *dto.LabelPair { return &dto.LabelPair{Name: &name, Value: &value} }

// Desc implements [prometheus.Metric].
func (s *sample) Desc() *prometheus.Desc { return s.desc }

// Write implements [prometheus.Metric].
func (s *sample) Write(out *dto.Metric) error {
	out.Label, out.Gauge = s.labels, &s.gauge
	return nil
}

// constant is a gauge as client_golang makes it.
func constant(desc *prometheus.Desc, value float64, labels ...string) prometheus.Metric {
	return prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, value, labels...)
}
