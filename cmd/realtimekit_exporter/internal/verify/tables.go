package verify

import (
	"fmt"
	"io"
	"math"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/cmd/realtimekit_exporter/internal/plural"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector"
)

// printReports prints a table per report, with a line per app.
func printReports(w io.Writer, reports []collector.Report, apps []*app) {
	if len(apps) == 0 {
		return
	}
	for i, report := range reports {
		if len(reports) > 1 {
			fmt.Fprintf(w, "\nreport %s\n", report.Name)
		}
		table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		head := []string{"APP"}
		if report.Daily() {
			head = append(head, "ROWS", "FIRST DAY", "LAST DAY")
		}
		for _, m := range report.Metrics {
			head = append(head, strings.ToUpper(m.Title))
		}
		printRow(table, append(head, "LATENCY", "RESULT"))
		for _, a := range apps {
			r := &a.results[i]
			latency := "-"
			if r.latency > 0 {
				latency = fmt.Sprintf("%.3fs", r.latency.Seconds())
			}
			row := append([]string{a.Name}, r.cells(report)...)
			for len(row) < len(head) {
				row = append(row, "-")
			}
			printRow(table, append(row, latency, r.text(report)))
		}
		_ = table.Flush() // as the errors of all other output
	}
}

func printRow(table io.Writer, cells []string) {
	fmt.Fprintln(table, strings.Join(cells, "\t"))
}

// cells returns the columns of a result: the days with rows and the sum of each metric,
// or the current values.
func (r *result) cells(report collector.Report) (cells []string) {
	if r.err != nil {
		return nil
	}
	if report.Daily() {
		first, last, rows := r.span()
		cells = []string{fmt.Sprint(rows), first, last}
	}
	for i, m := range report.Metrics {
		if report.Daily() {
			cells = append(cells, number(m, r.sum(i)))
			continue
		}
		var values []string
		for _, row := range r.Rows[i] {
			values = append(values, row.Label+" "+number(m, row.Value))
		}
		cells = append(cells, strings.Join(values, ", "))
	}
	return cells
}

// span returns the first and the last day with a row for any metric, and the number of
// days with one.
func (r *result) span() (first, last string, rows int) {
	days := make(map[string]bool)
	first, last = "-", "-"
	for _, metric := range r.Rows {
		for _, row := range metric {
			day := row.Date.Format(time.DateOnly)
			if len(days) == 0 {
				first, last = day, day
			}
			first, last, days[day] = min(first, day), max(last, day), true
		}
	}
	return first, last, len(days)
}

func (r *result) sum(metric int) (sum float64) {
	for _, row := range r.Rows[metric] {
		sum += row.Value
	}
	return sum
}

func number(m collector.Metric, value float64) string {
	if m.Unit == 1 {
		return fmt.Sprintf("%.0f", value)
	}
	return fmt.Sprintf("%.2f", value/m.Unit)
}

// text describes the result. It compares the sums of the days with the overall numbers,
// if the API has them.
func (r *result) text(report collector.Report) string {
	if r.err != nil {
		return "failed: " + oneLine(r.err)
	}
	text := "ok"
	switch {
	case r.overallErr != nil:
		text = "not compared with the API's totals: " + oneLine(r.overallErr)
	case r.overall != nil:
		text = "sums equal the API's totals"
		if d := r.difference(report); d != "" {
			text = "sums differ from the API's totals: " + d
		}
	}
	if r.Skipped > 0 {
		text += "; " + plural.Count(r.Skipped, "row") + " without a date skipped"
	}
	return text
}

// difference describes by how much the sums are above or below the overall numbers; empty
// if they are equal. It ignores fractions of a second, because overall may be rounded.
func (r *result) difference(report collector.Report) string {
	var parts []string
	for i, m := range report.Metrics {
		unit := ""
		if m.Unit != 1 {
			unit = "s"
		}
		if d := math.Round(r.sum(i) - r.overall[i]); d != 0 {
			name, _, _ := strings.Cut(strings.ToLower(m.Title), " ")
			parts = append(parts, fmt.Sprintf("%s %+.0f%s", name, d, unit))
		}
	}
	return strings.Join(parts, ", ")
}
