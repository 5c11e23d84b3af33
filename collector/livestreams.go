package collector

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
)

// livestreams is the day-wise livestream analytics.
func livestreams() Report {
	desc := func(name, help string) *prometheus.Desc {
		return prometheus.NewDesc("realtimekit_livestream_daily_"+name, help, []string{"app", "date"}, nil)
	}
	return Report{
		Name: "livestreams",
		Descs: []*prometheus.Desc{
			desc("sessions", "Livestream sessions of the app on that day (UTC)."),
			desc("ingest_seconds", "Time during which the app's livestreams were given input on that day (UTC)."),
			desc("viewer_seconds", "Time that the app's livestreams were watched on that day (UTC), summed over the viewers."),
		},
		Shown: []Measure{
			{Title: "Sessions", Unit: 1, Chart: true},
			{Title: "Ingest hours", Unit: 3600},
			{Title: "Viewer hours", Unit: 3600, Chart: true},
		},
		Ask: func(ctx context.Context, c *api.Client, app api.App, w api.Window) ([]Day, error) {
			answer, err := c.LivestreamDays(ctx, app, w)
			days := make([]Day, 0, len(answer))
			for _, d := range answer {
				days = append(days, Day{d.Date, []float64{float64(d.Sessions), float64(d.IngestSeconds), float64(d.ViewerSeconds)}})
			}
			return days, err
		},
	}
}
