package main

import (
	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/timeseries"
)

const (
	livestreamsUID   = "realtimekit-livestreams"
	livestreamsTitle = "RealtimeKit livestreams"
)

// livestreamsBoard is for the people who stream.
func livestreamsBoard() *boardBuilder {
	b := board(livestreamsUID, livestreamsTitle, "Livestreams of RealtimeKit apps per day (UTC)", "now-30d/d").
		Link(linkTo(exporterUID, exporterTitle, "Whether the data is complete and current")).
		WithVariable(jobVariable().AllValue(anything)).
		WithVariable(instanceVariable()).
		WithVariable(appVariable())
	row{100, "Today so far (UTC)", today()}.addTo(b)
	row{110, "Last 30 complete days (UTC)", lastDays()}.addTo(b)
	row{120, "Time range", perDay()}.addTo(b)
	row{130, "History (recording rules)", recordedDays()}.addCollapsedTo(b)
	return b
}

// recordedDays goes back as far as Prometheus keeps the series of the rules.
func recordedDays() []cog.Builder[dashboard.Panel] {
	const record = "app:realtimekit_livestream_"
	panel := func(id uint32, title string, decimals float64) about {
		return about{id: id, title: title + ", recorded", unit: unitNumber, decimals: decimals, w: 12, h: 9,
			text: "From dashboards/rules/recording.yml, up to yesterday, also where Prometheus no longer has the daily series." +
				" Per app and day (UTC). With more than 10 apps: those with the most viewer time.",
			empty: "Load dashboards/rules/recording.yml into Prometheus. docs/rules.md says how, and how to backfill."}
	}
	var panels []cog.Builder[dashboard.Panel]
	for _, p := range []struct {
		*timeseries.PanelBuilder
		expr string
	}{
		{panel(31, "Sessions per day", 0).perDay(), history(record+"daily_sessions:yesterday", "")},
		{panel(32, "Average audience per day", 1).audiencePerDay(), history(record+"viewer_seconds_per_ingest_seconds:ratio_yesterday", "")},
		{panel(33, "Ingest hours per day", 1).perDay(), history(record+"daily_ingest_seconds:yesterday", " / 3600")},
		{panel(34, "Viewer hours per day", 1).perDay(), history(record+"daily_viewer_seconds:yesterday", " / 3600")},
	} {
		// Many points: with few, Grafana makes the step longer than a day.
		panels = append(panels, p.WithTarget(series("A", "{{app}}", p.expr)).Interval("1d").MaxDataPoints(10_000))
	}
	return panels
}
