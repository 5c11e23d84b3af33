package collector

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
)

// A Report is something the API knows of an app by day, and how to ask for it.
type Report struct {
	Name  string             // value of the label report
	Descs []*prometheus.Desc // a gauge each, with the labels app and date
	Shown []Measure          // the same for people
	Ask   func(context.Context, *api.Client, api.App, api.Window) ([]Day, error)
}

// A Measure is how people are shown one of the values of a report's days.
type Measure struct {
	Title string
	Unit  float64 // what a value is divided by: 3600 for hours of seconds
	Chart bool    // worth a picture
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
