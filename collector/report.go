package collector

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
)

// A Report is something that the API knows of each app by day, and how to fetch it.
// Whatever exists for each report reads the list in [Plan.Reports].
type Report struct {
	Name          string // value of the label report
	Metrics       []Metric
	TTL, MaxStale func(*Plan) time.Duration
	Fetch         func(ctx context.Context, c *api.Client, app api.App, window func() api.Window) (Data, error)
}

// A Metric is a gauge with the labels app and date.
type Metric struct {
	Name string // with its unit, as Prometheus names metrics
	Help string

	Title string  // for people, as in "Ingest hours"
	Unit  float64 // what a value is divided by for people: 3600 for hours of seconds
	Chart bool    // whether people get a chart of it
}

func (m Metric) desc() *prometheus.Desc {
	return prometheus.NewDesc(m.Name, m.Help, []string{"app", "date"}, nil)
}

// Data is what the API returned for a report.
type Data struct {
	Window     api.Window // that was requested
	Rows       [][]Row    // of each metric, in the order of the report's and of their dates
	Skipped    int        // rows without a date
	ServerTime time.Time  // of the response; zero if unknown
}

// A Row is the value of a metric on a day.
type Row struct {
	Date  time.Time // 00:00 UTC
	Value float64
}

// Reports lists the reports that exist.
func Reports() []Report { return []Report{livestreams()} }
