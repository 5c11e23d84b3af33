package main

import (
	"fmt"

	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

const (
	liveSessions     = "realtimekit_live_sessions"
	liveParticipants = "realtimekit_live_participants"
)

// byType is one value per app and type, however many replicas report it.
func byType(metric string) string { return "max by (app, type) (" + metric + apps + ")" }

// now shows live sessions. Its row is collapsed, because Grafana's file format has no row
// that is hidden without data, and the report live is off by default.
func now() []cog.Builder[dashboard.Panel] {
	const off = "The report live is off, or it has no current response. Add live to reports in the configuration of the exporter; RealtimeKit exporter shows its state."
	count := func(id uint32, title, text, metric string) cog.Builder[dashboard.Panel] {
		return about{id: id, title: title, unit: unitNumber, w: 4, h: 8, text: text + " The current value, independent of the time range.", empty: off}.stat().
			WithTarget(number("{{type}}", "sum by (type) ("+byType(metric)+")"))
	}
	table := tableNow(about{id: 93, title: "Live by app", unit: unitNumber, w: 8, h: 8,
		text:  "Apps with a live session, by type. The current values, independent of the time range.",
		empty: "Nothing is live, or the report live is off."}.table()).
		WithTarget(instant("A", byType(liveSessions)+" > 0")).
		WithTarget(instant("B", byType(liveParticipants)+" and on (app, type) "+byType(liveSessions)+" > 0")).
		WithTransformation(merge()).
		WithTransformation(columns(column{"app", "App"}, column{"type", "Type"}, column{"Value #A", "Sessions"}, column{"Value #B", "Participants"}))
	names(table, "App", "Type")
	widths(table, "Type", 110, "Sessions", 90, "Participants", 115)
	table.SortBy([]cog.Builder[common.TableSortByFieldState]{common.NewTableSortByFieldStateBuilder().DisplayName("Participants").Desc(true)})
	top := fmt.Sprintf("topk(10, max by (app, type) (max_over_time(%s[${__range_s}s:1h] @ end())) > 0)", byType(liveParticipants))
	return []cog.Builder[dashboard.Panel]{
		count(91, "Live sessions", "Sessions that are live, by type.", liveSessions),
		count(92, "Live participants", "Participants of the sessions that are live, by type.", liveParticipants),
		table,
		about{id: 94, title: "Participants over time", unit: unitNumber, w: 8, h: 8,
			text:  "Participants of live sessions by app and type. With more than 10: those with the most participants.",
			empty: off}.lines().Decimals(0).
			WithTarget(series("A", "{{app}} · {{type}}", byType(liveParticipants)+" and on (app, type) "+top)),
	}
}
