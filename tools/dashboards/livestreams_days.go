package main

import (
	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

// sessionsPerDay asks for all that this and other panels show of each day.
const sessionsPerDay = 5

const (
	emptyDays = "no day known in this range: look at RealtimeKit exporter, at the variables, and whether the time zone is UTC. " +
		"Days with no bar are not known, while 0 is known"
	perAppAndDay = " Per app and day (UTC), from 00:00 to 24:00; the shaded day is not over."
	asked        = " It shows what Sessions per day has asked."
)

func perDayPanels() []cog.Builder[dashboard.Panel] {
	return []cog.Builder[dashboard.Panel]{
		about{id: sessionsPerDay, title: "Sessions per day", unit: unitSessions, w: 12, h: 8,
			text: "Livestream sessions." + perAppAndDay + " One request for what five panels show; for many apps or years, open Over years below.", empty: emptyDays}.perDay().
			WithTarget(daily("A", perDay(sessions, "sessions", ""))).
			WithTarget(daily("B", perDay(ingest, "ingest", " / 3600"))).
			WithTarget(daily("C", perDay(viewer, "viewer", " / 3600"))).
			WithTarget(daily("D", fetchedPerDay())).
			WithTransformation(refs("A")),
		about{id: 6, title: "Average audience per day", unit: unitViewers, decimals: 1, w: 12, h: 8,
			text: "Viewers at a time: viewer time / ingest time, on days with ingest." + perAppAndDay + asked, empty: emptyDays + ", or no app was streamed to"}.audience(),
		about{id: 7, title: "Ingest per day", unit: unitHours, decimals: 1, w: 12, h: 8,
			text: "For how long livestreams were given input." + perAppAndDay + asked, empty: emptyDays}.perDay().
			Datasource(otherPanels()).WithTarget(reused()).WithTransformation(refs("B")),
		about{id: 8, title: "Viewer time per day", unit: unitHours, decimals: 1, w: 12, h: 8,
			text: "For how long livestreams were watched, summed over the viewers." + perAppAndDay + asked, empty: emptyDays}.perDay().
			Datasource(otherPanels()).WithTarget(reused()).WithTransformation(refs("C")),
	}
}

// audience divides what was asked, day by day, and draws a point for each app:
// audiences don't add up.
func (a about) audience() cog.Builder[dashboard.Panel] {
	return onePointPerDay(a.lines()).DrawStyle(common.GraphDrawStyleBars).LineWidth(1).FillOpacity(25).
		Datasource(otherPanels()).WithTarget(reused()).
		WithTransformation(refs("B|C")).
		WithTransformation(byMeasure()).
		WithTransformation(merge()).
		WithTransformation(rowsAbove("ingest", 0)).
		WithTransformation(calculate("audience", "viewer", "/", "ingest")).
		WithTransformation(sortBy("Time", false)).
		WithTransformation(transform("groupingToMatrix", options{
			"columnField": "app", "rowField": "Time", "valueField": "audience", "emptyValue": "null",
		}))
}
