package collector

import (
	"context"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
)

// meetings is the day-wise analytics of meetings and their recordings. Either may cover
// days that the other does not.
func meetings() Report {
	return Report{
		Name: "meetings",
		Metrics: []Metric{{
			Name:  "realtimekit_meeting_daily_sessions",
			Help:  "Number of meeting sessions of the app on that day (UTC).",
			Title: "Meeting sessions", Unit: 1, Chart: true,
		}, {
			Name:  "realtimekit_meeting_daily_seconds",
			Help:  "Duration of the app's meeting sessions on that day (UTC).",
			Title: "Meeting hours", Unit: 3600, Chart: true,
		}, {
			Name:  "realtimekit_recording_daily_recordings",
			Help:  "Number of recordings of the app on that day (UTC).",
			Title: "Recordings", Unit: 1,
		}, {
			Name:  "realtimekit_recording_daily_seconds",
			Help:  "Duration of the app's recordings on that day (UTC).",
			Title: "Recording hours", Unit: 3600,
		}},
		TTL:      func(p *Plan) time.Duration { return p.TTL },
		MaxStale: func(p *Plan) time.Duration { return p.MaxStale },
		Fetch: func(ctx context.Context, c *api.Client, app api.App, window func() api.Window) (Data, error) {
			m, err := c.MeetingDays(ctx, app, window)
			d := Data{Window: m.Window, Rows: make([][]Row, 4), Skipped: m.Skipped, ServerTime: m.ServerTime}
			for i, days := range [][]api.MeetingDay{m.Sessions, m.Recordings} {
				for _, day := range days {
					d.Rows[2*i] = append(d.Rows[2*i], Row{Date: day.Date, Value: float64(day.Count)})
					d.Rows[2*i+1] = append(d.Rows[2*i+1], Row{Date: day.Date, Value: day.Seconds})
				}
			}
			return d, err
		},
	}
}
