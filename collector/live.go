package collector

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
)

// live is the sessions that are live now.
func live() Report {
	return Report{
		Name:      "live",
		Label:     "type",
		MaxLabels: api.MaxLiveTypes + 2,
		Metrics: []Metric{{
			Name:  "realtimekit_live_sessions",
			Help:  "Number of the app's sessions that are live now, by type.",
			Title: "Live sessions", Unit: 1,
		}, {
			Name:  "realtimekit_live_participants",
			Help:  "Number of participants in the app's sessions that are live now, by type.",
			Title: "Live participants", Unit: 1,
		}},
		TTL:      func(p *Plan) time.Duration { return p.LiveTTL },
		MaxStale: func(p *Plan) time.Duration { return 5 * p.LiveTTL },
		Fetch: func(ctx context.Context, c *api.Client, app api.App, _ func() api.Window) (Data, error) {
			l, err := c.LiveSessions(ctx, app)
			types := l.Types
			// These are always there, so that alerts and dashboards see a 0.
			for _, known := range []string{"livestream", "meeting"} {
				if !slices.ContainsFunc(types, func(t api.LiveType) bool { return t.Type == known }) {
					types = append(types, api.LiveType{Type: known})
				}
			}
			slices.SortFunc(types, func(a, b api.LiveType) int { return strings.Compare(a.Type, b.Type) })
			var sessions, participants []Row
			for _, t := range types {
				sessions = append(sessions, Row{Label: t.Type, Value: float64(t.Sessions)})
				participants = append(participants, Row{Label: t.Type, Value: float64(t.Participants)})
			}
			return Data{Rows: [][]Row{sessions, participants}, ServerTime: l.ServerTime}, err
		},
	}
}
