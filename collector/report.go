package collector

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
)

// A Report is something that the API knows of an app by day, and how to fetch it.
type Report struct {
	Name    string             // value of the label report
	Descs   []*prometheus.Desc // a gauge each, with the labels app and date
	Display []Measure          // the same for people
	Fetch   func(context.Context, *api.Client, api.App, api.Window) (Data, error)
}

// A Measure is how people are shown one of the values of a report's days.
type Measure struct {
	Title string
	Unit  float64 // what a value is divided by: 3600 for hours of seconds
	Chart bool    // worth a picture
}

// Data is what the API returned for a report.
type Data struct {
	Days       []Day     // those with a row, in ascending order
	Skipped    int       // rows without a date
	ServerTime time.Time // of the response; zero if unknown
}

// A Day of a report: a value for each of its metrics.
type Day struct {
	Date   time.Time // 00:00 UTC
	Values []float64
}

// Reports lists what is collected of every app.
func Reports() []Report {
	return []Report{livestreams()}
}
