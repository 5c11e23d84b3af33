package collector

import (
	"context"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
)

// livestreams is the day-wise livestream analytics.
func livestreams() Report {
	return Report{
		Name:     "livestreams",
		Filtered: true,
		Metrics: []Metric{{
			Name:  "realtimekit_livestream_daily_sessions",
			Help:  "Number of livestream sessions of the app on that day (UTC).",
			Title: "Sessions", Unit: 1, Chart: true,
		}, {
			Name:  "realtimekit_livestream_daily_ingest_seconds",
			Help:  "Time during which the app's livestreams received input on that day (UTC).",
			Title: "Ingest hours", Unit: 3600,
		}, {
			Name:  "realtimekit_livestream_daily_viewer_seconds",
			Help:  "View time of the app's livestreams on that day (UTC), summed over all viewers.",
			Title: "Viewer hours", Unit: 3600, Chart: true,
		}},
		TTL:      func(p *Plan) time.Duration { return p.TTL },
		MaxStale: func(p *Plan) time.Duration { return p.MaxStale },
		Fetch: func(ctx context.Context, c *api.Client, app api.App, window func() api.Window) (Data, error) {
			l, err := c.LivestreamDays(ctx, app, window)
			var sessions, ingest, viewers []Row
			for _, d := range l.Days {
				sessions = append(sessions, Row{Date: d.Date, Value: float64(d.Sessions)})
				ingest = append(ingest, Row{Date: d.Date, Value: d.IngestSeconds})
				viewers = append(viewers, Row{Date: d.Date, Value: d.ViewerSeconds})
			}
			return Data{Window: l.Window, Rows: [][]Row{sessions, ingest, viewers}, Skipped: l.Skipped, ServerTime: l.ServerTime}, err
		},
		Overall: func(ctx context.Context, c *api.Client, app api.App, w api.Window) ([]float64, error) {
			t, err := c.LivestreamOverall(ctx, app, func() api.Window { return w })
			return []float64{float64(t.Sessions), t.IngestSeconds, t.ViewerSeconds}, err
		},
	}
}
