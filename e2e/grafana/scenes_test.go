package e2e

import (
	"time"
)

// streamScenes are the ways in which people look at the livestreams.
func (m *museum) streamScenes(d *dashboard) []*scene {
	month := time.Date(m.today.Year(), m.today.Month(), 1, 0, 0, 0, 0, time.UTC)
	endOf := func(n int) time.Time { return m.day(n + 1).Add(-time.Millisecond) }
	now := time.Now()
	only := func(apps ...string) map[string][]string { return map[string][]string{"app": apps} }
	scenes := []*scene{
		{name: "livestreams, at first", from: m.day(-29), to: endOf(0), relative: true},
		{name: "livestreams of one app", from: m.day(-29), to: endOf(0), relative: true, chosen: only(always)},
		{name: "livestreams of an app with a hostile name", from: m.day(-29), to: endOf(0), relative: true, chosen: only(hostile)},
		{name: "livestreams of two apps, one with a quote", from: m.day(-29), to: endOf(0), relative: true, quotes: true, chosen: only(late, hostile)},
		{name: "livestreams of an app that has none", from: m.day(-29), to: endOf(0), relative: true, chosen: only(silent)},
		{name: "livestreams of an app that has none any more", from: m.day(-29), to: endOf(0), relative: true, chosen: only(gone)},
		{name: "livestreams of an app that has left the window", from: m.day(-4), to: endOf(0), relative: true, chosen: only(gone)},
		{name: "livestreams of the last 7 days until now", from: now.AddDate(0, 0, -7), to: now, relative: true},
		{name: "livestreams of 90 days", from: m.day(-89), to: endOf(0), relative: true},
		{name: "livestreams of long ago, with an outage", from: m.day(-80), to: endOf(-60)},
		{name: "livestreams up to the first day of a month", from: month.AddDate(0, 0, -6), to: month.AddDate(0, 0, 1).Add(-time.Millisecond)},
		{name: "livestreams up to the last day of a month", from: month.AddDate(0, 0, -7), to: month.Add(-time.Millisecond)},
		{name: "livestreams of a day long ago that was restated", from: m.day(lowered), to: endOf(lowered)},
	}
	for _, s := range scenes {
		s.dash, s.prom, s.now = d, m.prom, now
	}
	return scenes
}

// exporterScenes are the ways in which people look at the exporter.
func (m *museum) exporterScenes(d *dashboard) []*scene {
	now := time.Now()
	scenes := []*scene{
		{name: "exporter, at first", from: m.day(-29), to: m.day(1).Add(-time.Millisecond), relative: true},
		{name: "exporter, the last hour", from: now.Add(-59 * time.Minute), to: now.Add(time.Minute), relative: true},
		{name: "exporter, and an app with a hostile name", from: m.day(-29), to: m.day(1).Add(-time.Millisecond), relative: true, chosen: map[string][]string{"app": {hostile}}},
		{name: "exporter, when the API failed", from: m.at(failsFrom, 6), to: m.at(failsFrom, 12)},
	}
	for _, s := range scenes {
		s.dash, s.prom, s.now = d, m.prom, now
	}
	return scenes
}
