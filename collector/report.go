package collector

import (
	"context"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
)

// A Report is a set of metrics about each app, and how to fetch it. Whatever
// exists for each report reads the list in [Plan.Reports].
//
// Most reports are by day: their metrics have the labels app and date, they are due at
// midnight, and days without a row are days of 0. A report with a [Report.Label] is
// about the time of its request. Its values are exposed as they are.
type Report struct {
	Name      string // value of the label report
	Label     string // second label of the metrics, after app; empty if the report is by day
	MaxLabels int    // the maximum number of values of Label
	Filtered  bool   // the filters of an app apply, so apps that differ only in them differ
	Metrics   []Metric

	TTL, MaxStale func(*Plan) time.Duration

	// Fetch requests the report. It calls window when a request is sent, unless the
	// report is not by day.
	Fetch func(ctx context.Context, c *api.Client, app api.App, window func() api.Window) (Data, error)

	// Overall, if not nil, requests the sum of each metric as the API itself counts it,
	// so that the sums of the days can be compared with it.
	Overall func(ctx context.Context, c *api.Client, app api.App, w api.Window) ([]float64, error)
}

// Daily reports whether the report is by day.
func (r Report) Daily() bool { return r.Label == "" }

// label is the value of the second label of a row.
func (r Report) label(row Row) string {
	if r.Daily() {
		return row.Date.Format(time.DateOnly)
	}
	return row.Label
}

// rows is the maximum number of rows of a metric.
func (r Report) rows(p *Plan) int {
	if r.Daily() {
		return p.Days
	}
	return r.MaxLabels
}

// A Metric is a gauge with the label app and that of its report.
type Metric struct {
	Name string // with its unit, as Prometheus names metrics
	Help string

	Title string  // for display, as in "Ingest hours"
	Unit  float64 // divisor for display: 3600 for hours of seconds
	Chart bool    // whether the status page has a chart of it
}

func (r Report) desc(m Metric) *prometheus.Desc {
	label := r.Label
	if r.Daily() {
		label = "date"
	}
	return prometheus.NewDesc(m.Name, m.Help, []string{"app", label}, nil)
}

// Data is the data that the API returned for a report. It contains no references to the
// exporter, so it can be saved.
type Data struct {
	Window     api.Window // that was requested; only its end, if the report is not by day
	Rows       [][]Row    // of each metric, in the order of the report's and of their dates or labels
	Skipped    int        // rows without a date
	ServerTime time.Time  // of the response; zero if unknown
}

// A Row is a value of a metric.
type Row struct {
	Date  time.Time // 00:00 UTC, if the report is by day
	Label string    // value of [Report.Label], if it is not
	Value float64
}

// Reports lists the reports that exist, in a fixed order. With names, it lists only
// those.
func Reports(names ...string) []Report {
	all := []Report{livestreams(), meetings(), live()}
	if len(names) == 0 {
		return all
	}
	return slices.DeleteFunc(all, func(r Report) bool { return !slices.Contains(names, r.Name) })
}
