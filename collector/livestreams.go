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
		Display: []Measure{
			{Title: "Sessions", Unit: 1, Chart: true},
			{Title: "Ingest hours", Unit: 3600},
			{Title: "Viewer hours", Unit: 3600, Chart: true},
		},
		Fetch: func(ctx context.Context, c *api.Client, app api.App, w api.Window) (Data, error) {
			l, err := c.LivestreamDays(ctx, app, w)
			data := Data{Skipped: l.Skipped, ServerTime: l.ServerTime}
			for _, d := range l.Days {
				data.Days = append(data.Days, Day{d.Date, []float64{float64(d.Sessions), d.IngestSeconds, d.ViewerSeconds}})
			}
			return data, err
		},
	}
}
