package main

import (
	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/table"
)

// Names of columns that several tables have.
const (
	colSessions = "Sessions"
	colIngest   = "Ingest"
	colViewer   = "Viewer time"
	colAudience = "Average audience"
)

// comparisons set the end of the range beside what was before.
func comparisons() []cog.Builder[dashboard.Panel] {
	return []cog.Builder[dashboard.Panel]{
		about{id: 9, title: "Today, yesterday, a week ago", unit: unitNone, w: 12, h: 6,
			text:  "The day (UTC) in which the time range ends, the day before, and the same weekday a week before. Today is as far as it is known.",
			empty: "none of the three days is known: look at RealtimeKit exporter"}.
			byAge(days8, "day", daysAgo(), map[string]dashboard.ValueMappingResult{
				"0": word("Today", ""), "1": word("Yesterday", ""), "7": word("Same weekday last week", ""),
			}),
		about{id: 10, title: "Month to date, last month", unit: unitNone, w: 12, h: 6,
			text: "Calendar months (UTC): the one in which the time range ends, up to there, and the one before. Days known says on how many days any of the apps has a number: " +
				"of last month those when the exporter ran, and those that its window_days reached back over.",
			empty: "no day of the two months is known: look at RealtimeKit exporter"}.
			byAge(months2, "month", monthsAgo(), map[string]dashboard.ValueMappingResult{
				"0": word("Month to date", ""), "1": word("Last month", ""),
			}, column{"Value #D", "Days known"}),
	}
}

// byAge is a table with a row for each age.
func (a about) byAge(span, label, ages string, names map[string]dashboard.ValueMappingResult, more ...column) *table.PanelBuilder {
	p := a.table().
		WithTarget(state("A", sumByAge(sessions, span, label, ages, ""))).
		WithTarget(state("B", sumByAge(ingest, span, label, ages, " / 3600"))).
		WithTarget(state("C", sumByAge(viewer, span, label, ages, " / 3600")))
	if len(more) > 0 {
		p.WithTarget(state("D", countByAge(sessions, span, label, ages)))
	}
	shown := append([]column{{label, "Days"}, {"Value #A", colSessions}, {"Value #B", colIngest}, {"Value #C", colViewer}, {"audience", colAudience}}, more...)
	return text(measured(p.WithTransformation(merge()).
		WithTransformation(calculate("audience", "Value #C", "/", "Value #B")).
		WithTransformation(sortBy(label, false)).
		WithTransformation(columns(shown...))), "Days").
		OverrideByName("Days", []dashboard.DynamicConfigValue{set("mappings", []dashboard.ValueMapping{words(names)})})
}

// measured gives columns their units.
func measured(p *table.PanelBuilder) *table.PanelBuilder {
	hours := []dashboard.DynamicConfigValue{set("unit", unitHours), set("decimals", 1)}
	return p.
		OverrideByName(colIngest, hours).OverrideByName(colViewer, hours).
		OverrideByName(colAudience, []dashboard.DynamicConfigValue{
			set("unit", unitViewers), set("decimals", 1), set("mappings", notANumber("no ingest")),
		})
}

// weekdays is the average day of each kind, of the days that are over.
func weekdays() *table.PanelBuilder {
	gauge := func(color string) []dashboard.DynamicConfigValue {
		cell := common.NewTableBarGaugeCellOptions()
		cell.Mode = new(common.BarGaugeDisplayModeBasic)
		return []dashboard.DynamicConfigValue{
			set("custom.cellOptions", cell), set("min", 0), set("color", options{"mode": "fixed", "fixedColor": color}),
			set("decimals", 1),
		}
	}
	names := map[string]dashboard.ValueMappingResult{}
	for i, day := range []string{"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"} {
		names[string(rune('1'+i))] = word(day, "")
	}
	return text(measured(about{id: 11, title: "Weekday profile", unit: unitNone, w: 10, h: 9,
		text: "The average Monday, Tuesday and so on (UTC) of the time range: each app's average over its days that are known and final, added up. " +
			"A day is final once the app was asked after its end." + asked,
		empty: emptyDays}.table().
		Datasource(otherPanels()).WithTarget(reused()).
		WithTransformation(refs("A|B|C|D")).
		WithTransformation(byMeasure()).
		WithTransformation(merge()).
		WithTransformation(known("sessions")).
		WithTransformation(calculate("after", "fetched", "-", "Time")).
		WithTransformation(rowsAbove("after", 86400e3-1)).
		WithTransformation(formatTime("Time", "E")).
		WithTransformation(groupBy([]string{"Time", "app"}, map[string][]string{"sessions": {"mean"}, "ingest": {"mean"}, "viewer": {"mean"}})).
		WithTransformation(groupBy([]string{"Time"}, map[string][]string{"sessions (mean)": {"sum"}, "ingest (mean)": {"sum"}, "viewer (mean)": {"sum"}})).
		WithTransformation(sortBy("Time", false)).
		WithTransformation(columns(column{"Time", "Weekday"}, column{"sessions (mean) (sum)", colSessions},
			column{"ingest (mean) (sum)", colIngest}, column{"viewer (mean) (sum)", colViewer}))), "Weekday").
		OverrideByName("Weekday", []dashboard.DynamicConfigValue{set("mappings", []dashboard.ValueMapping{words(names)})}).
		OverrideByName(colSessions, gauge("blue")).OverrideByName(colIngest, gauge("purple")).OverrideByName(colViewer, gauge("green"))
}

// appTable compares the apps.
func appTable() *table.PanelBuilder {
	link := options{
		"title": "Only this app",
		"url": "/d/" + livestreamsUID + "/" + livestreamsUID + "?${__url_time_range}&${datasource:queryparam}&${job:queryparam}" +
			"&${instance:queryparam}&${lookahead:queryparam}&var-app=${__data.fields.App:percentencode}",
	}
	return text(measured(about{id: 12, title: "Apps", unit: unitNone, w: 14, h: 9,
		text:  "Each app over the time range; the busiest day is the one with the most viewer time. The age is that of its last good answer. An app leads to this dashboard for it alone." + asked,
		empty: "no app answered well in this range, nor after: look at RealtimeKit exporter"}.table().
		Datasource(otherPanels()).WithTarget(reused()).
		WithTransformation(refs("A|B|C|D")).
		WithTransformation(byMeasure()).
		WithTransformation(sortBy("viewer", true)).
		WithTransformation(only("/^(?:A|B|D)$/", groupBy([]string{"app"}, map[string][]string{"sessions": {"sum"}, "ingest": {"sum"}, "fetched": {"max"}}))).
		WithTransformation(only("C", groupBy([]string{"app"}, map[string][]string{"viewer": {"sum", "max"}, "Time": {"first"}}))).
		WithTransformation(merge()).
		WithTransformation(calculate("audience", "viewer (sum)", "/", "ingest (sum)")).
		// The day of the first row, which is no day (0 / 0) where nobody watched.
		WithTransformation(calculate("watched", "viewer (max)", "/", "viewer (max)")).
		WithTransformation(calculate("busiest", "watched", "*", "Time (first)")).
		WithTransformation(asTime("busiest")).
		WithTransformation(formatTime("busiest", "YYYY-MM-DD")).
		WithTransformation(columns(column{"app", "App"}, column{"sessions (sum)", colSessions}, column{"ingest (sum)", colIngest},
			column{"viewer (sum)", colViewer}, column{"audience", colAudience}, column{"busiest", "Busiest day"}, column{"fetched (max)", "Data age"}))), "App", "Busiest day").
		OverrideByName("App", []dashboard.DynamicConfigValue{set("links", []options{link})}).
		OverrideByName("Busiest day", []dashboard.DynamicConfigValue{
			set("mappings", []dashboard.ValueMapping{words(map[string]dashboard.ValueMappingResult{"Invalid date": word("–", "")})}),
		}).
		OverrideByName("Data age", []dashboard.DynamicConfigValue{set("unit", "dateTimeFromNow")}).
		SortBy([]cog.Builder[common.TableSortByFieldState]{common.NewTableSortByFieldStateBuilder().DisplayName(colViewer).Desc(true)})
}
