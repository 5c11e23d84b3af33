package main

import (
	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

const noDays = "no day known in this range"

// overview is the range in four numbers, each with its change.
func overview() []cog.Builder[dashboard.Panel] {
	return []cog.Builder[dashboard.Panel]{
		total(about{id: 1, title: "Sessions", none: noDays, unit: unitSessions, text: "Livestream sessions of the apps chosen."},
			sumWithChange(sessions, "")),
		total(about{id: 2, title: "Ingest time", none: noDays, unit: unitHours, decimals: 1, text: "For how long the livestreams were given input."},
			sumWithChange(ingest, " / 3600")),
		total(about{id: 3, title: "Viewer time", none: noDays, unit: unitHours, decimals: 1, text: "For how long they were watched, summed over the viewers."},
			sumWithChange(viewer, " / 3600")),
		total(about{id: 4, title: "Average audience", none: "no ingest known in this range", unit: unitViewers, decimals: 1, text: "Viewers at a time, while there was input: viewer time / ingest time."},
			audienceWithChange()),
	}
}

func total(a about, expr string) cog.Builder[dashboard.Panel] {
	a.w, a.h = 6, 4
	a.text += " Of all days that begin in the time range, the running one as far as it is known." +
		" The percentage compares with the span before, just as long; there is none where the exporter does not know each day of it, or it had nothing."
	a.empty = a.none + ": no day begins in the range (00:00 UTC), or the exporter knows none of those that do. RealtimeKit exporter says why"
	return a.stat().WithTarget(state("A", expr)).
		Mappings(notANumber(a.none)).
		ColorScheme(dashboard.NewFieldColorBuilder().Mode(dashboard.FieldColorModeIdFixed).FixedColor("blue")).
		ShowPercentChange(true).PercentChangeColorMode(common.PercentChangeColorModeStandard).
		WithTransformation(sortBy("span", false))
}
