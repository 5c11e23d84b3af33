package main

import (
	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

// overYears asks nothing until somebody opens it.
func overYears() *dashboard.RowBuilder {
	row := dashboard.NewRowBuilder("Over years (recording rules)").Id(20).Collapsed(true)
	for _, p := range []cog.Builder[dashboard.Panel]{
		recordedPerDay(about{id: 21, title: "Sessions per day, recorded", unit: unitSessions},
			"app:realtimekit_livestream_daily_sessions:%s", ""),
		recordedPerDay(about{id: 22, title: "Ingest per day, recorded", unit: unitHours, decimals: 1},
			"app:realtimekit_livestream_daily_ingest_seconds:%s", " / 3600"),
		recordedPerDay(about{id: 23, title: "Viewer time per day, recorded", unit: unitHours, decimals: 1},
			"app:realtimekit_livestream_daily_viewer_seconds:%s", " / 3600"),
		onePointPerDay(recordedAbout(about{id: 24, title: "Average audience per day, recorded", unit: unitViewers, decimals: 1}).bars()).
			Stacking(unstacked()).FillOpacity(25).LineWidth(1).
			WithTarget(daily("A", recorded("app:realtimekit_livestream_viewer_seconds_per_ingest_seconds:ratio_%s", ""))),
	} {
		row.WithPanel(p)
	}
	return row
}

func recordedPerDay(a about, record, scale string) cog.Builder[dashboard.Panel] {
	return recordedAbout(a).perDay().WithTarget(daily("A", recorded(record, scale)))
}

func recordedAbout(a about) about {
	a.w, a.h = 12, 8
	a.text = "Per app and day (UTC), from the recording rules in dashboards/rules/recording.yml: two series per app and measure, " +
		"so that years are quick, where the daily series are asked sample by sample. They know no job or instance."
	a.empty = "load dashboards/rules/recording.yml into Prometheus, and fill the past with promtool: docs/rules.md says how"
	return a
}
