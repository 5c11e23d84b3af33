package collector

import (
	"slices"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
)

// A response is the result of a successful fetch of a report.
type response struct {
	report Report
	data   Data
	dates  []time.Time // that any metric has a row for, if the report is by day
}

func newResponse(r Report, data Data) *response {
	resp := &response{report: r, data: data}
	if r.Daily() {
		resp.dates = datesOf(data.Rows)
	}
	return resp
}

// datesOf returns the days that any metric has a row for.
func datesOf(metrics [][]Row) (dates []time.Time) {
	for _, row := range slices.Concat(metrics...) {
		dates = append(dates, row.Date)
	}
	slices.SortFunc(dates, time.Time.Compare)
	dates = slices.CompactFunc(dates, time.Time.Equal)
	return slices.Clone(dates) // frees the capacity for the rows of all metrics
}

// Filled returns the rows of each metric of a report by day, and the days of 0 between
// them and after them: until the last day of the window, or the day of the server if that
// is earlier.
func (d Data) Filled() [][]Row {
	last := api.Day(d.Window.End)
	if today := api.Day(d.ServerTime); !d.ServerTime.IsZero() && today.Before(last) {
		last = today
	}
	days := make([][]Row, len(d.Rows))
	for i, rows := range d.Rows {
		days[i] = fill(rows, last)
	}
	return days
}

// values returns the rows of each metric that are exposed. If the report is by day,
// these are the days in the window, and the days of 0 between them.
func (r *response) values(w api.Window) [][]Row {
	if !r.report.Daily() {
		return r.data.Rows
	}
	metrics := r.data.Filled()
	for i := range metrics {
		metrics[i] = slices.DeleteFunc(metrics[i], func(row Row) bool { return !within(row.Date, w) })
	}
	return metrics
}

// rowsIn counts the days with a row in a window: the current one can be another
// than was requested.
func (r *response) rowsIn(w api.Window) (n int) {
	for _, date := range r.dates {
		if within(date, w) {
			n++
		}
	}
	return n
}

// within reports whether a day is in a window.
func within(day time.Time, w api.Window) bool { return !day.Before(w.Start) && !day.After(w.End) }

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

// daysBetween counts the midnights (UTC) from one time to another.
func daysBetween(from, to time.Time) int {
	return int(api.Day(to).Sub(api.Day(from)) / (24 * time.Hour))
}
