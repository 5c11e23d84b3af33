package collector

import (
	"slices"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
)

// A response is what a successful fetch of a report returned.
type response struct {
	report  Report
	data    Data       // that it was made from
	window  api.Window // that was requested
	dates   []Row      // the days that any metric has a row for; their values mean nothing
	rows    [][]Row    // of each metric: its rows, and the days of 0 between them
	skipped int        // rows without a date
}

func newResponse(r Report, data Data) *response {
	resp := &response{report: r, data: data, window: data.Window, skipped: data.Skipped, rows: data.Rows}
	if r.Daily() {
		resp.rows = data.Filled()
		resp.dates = datesOf(data.Rows)
	}
	return resp
}

// datesOf returns the days that any metric has a row for.
func datesOf(metrics [][]Row) (dates []Row) {
	for _, rows := range metrics {
		dates = append(dates, rows...)
	}
	slices.SortFunc(dates, func(a, b Row) int { return a.Date.Compare(b.Date) })
	dates = slices.CompactFunc(dates, func(a, b Row) bool { return a.Date.Equal(b.Date) })
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

// daysBetween counts the midnights (UTC) from one time to another.
func daysBetween(from, to time.Time) int {
	return int(api.Day(to).Sub(api.Day(from)) / (24 * time.Hour))
}
