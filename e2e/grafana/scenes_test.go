package grafana

import (
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness/history"
)

// streamScenes are the ways in which people look at the livestreams.
func (m *fixture) streamScenes(d *dashboard) []*scene {
	month := time.Date(m.Today.Year(), m.Today.Month(), 1, 0, 0, 0, 0, time.UTC)
	endOf := func(n int) time.Time { return m.Midnight(n + 1).Add(-time.Millisecond) }
	now := time.Now()
	only := func(apps ...string) map[string][]string { return map[string][]string{"app": apps} }
	scenes := []*scene{
		{name: "livestreams, at first", from: m.Midnight(-29), to: endOf(0), relative: true},
		{name: "livestreams of one app", from: m.Midnight(-29), to: endOf(0), relative: true, chosen: only(history.Always)},
		{name: "livestreams of an app with a hostile name", from: m.Midnight(-29), to: endOf(0), relative: true, chosen: only(history.Hostile)},
		{name: "livestreams of two apps, one with a quote", from: m.Midnight(-29), to: endOf(0), relative: true, quotes: true, chosen: only(history.Late, history.Hostile)},
		{name: "livestreams of an app that has none", from: m.Midnight(-29), to: endOf(0), relative: true, chosen: only(history.Silent)},
		{name: "livestreams of an app that has none any more", from: m.Midnight(-29), to: endOf(0), relative: true, chosen: only(history.Gone)},
		{name: "livestreams of an app that has left the window", from: m.Midnight(-4), to: endOf(0), relative: true, chosen: only(history.Gone)},
		{name: "livestreams of the last 7 days until now", from: now.AddDate(0, 0, -7), to: now, relative: true},
		{name: "livestreams of 90 days", from: m.Midnight(-89), to: endOf(0), relative: true},
		{name: "livestreams of long ago, with an outage", from: m.Midnight(-80), to: endOf(-60)},
		{name: "livestreams up to the first day of a month", from: month.AddDate(0, 0, -6), to: month.AddDate(0, 0, 1).Add(-time.Millisecond)},
		{name: "livestreams up to the last day of a month", from: month.AddDate(0, 0, -7), to: month.Add(-time.Millisecond)},
		{name: "livestreams of a day long ago that was restated", from: m.Midnight(history.Lowered), to: endOf(history.Lowered)},
	}
	for _, s := range scenes {
		s.dash, s.prom, s.now = d, m.Prom, now
	}
	return scenes
}

// exporterScenes are the ways in which people look at the exporter.
func (m *fixture) exporterScenes(d *dashboard) []*scene {
	now := time.Now()
	scenes := []*scene{
		{name: "exporter, at first", from: m.Midnight(-29), to: m.Midnight(1).Add(-time.Millisecond), relative: true},
		{name: "exporter, the last hour", from: now.Add(-59 * time.Minute), to: now.Add(time.Minute), relative: true},
		{name: "exporter, and an app with a hostile name", from: m.Midnight(-29), to: m.Midnight(1).Add(-time.Millisecond), relative: true, chosen: map[string][]string{"app": {history.Hostile}}},
		{name: "exporter, when the API failed", from: m.At(history.FailsFrom, 6), to: m.At(history.FailsFrom, 12)},
	}
	for _, s := range scenes {
		s.dash, s.prom, s.now = d, m.Prom, now
	}
	return scenes
}
