package main

import (
	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/timeseries"
)

// sessionsPerDay is the panel with the queries of its row: A, B and C have the
// sessions, ingest hours and viewer hours of each app and day. D is when the last
// successful request of each app was sent, E its days with livestreams, and F
// lists the apps that graphs show.
const sessionsPerDay = 20

const (
	noDays       = "No day with a value in this range. The table Apps and the dashboard RealtimeKit exporter show why."
	perAppAndDay = " Per app and day (UTC); the current day is incomplete. With more than 10 apps: those with the most viewer time."
)

func perDay() []cog.Builder[dashboard.Panel] {
	reuse := func(p *timeseries.PanelBuilder, ref string) *timeseries.PanelBuilder {
		return transformed(p.Datasource(otherPanels()).WithTarget(reused()), graph(ref))
	}
	return []cog.Builder[dashboard.Panel]{
		transformed(about{id: sessionsPerDay, title: "Sessions per day", unit: unitNumber, w: 12, h: 9,
			text: "Livestream sessions." + perAppAndDay + " The other panels of this row reuse its queries.", empty: noDays}.perDay().
			WithTarget(instant("A", days(sessions, ""))).
			WithTarget(instant("B", days(ingest, " / 3600"))).
			WithTarget(instant("C", days(viewer, " / 3600"))).
			WithTarget(instant("D", "1000 * "+lastByApp(success))).
			WithTarget(instant("E", lastByApp(rows))).
			WithTarget(instant("F", topApps())), graph("A")),
		averageAudience(),
		reuse(about{id: 22, title: "Ingest hours per day", unit: unitNumber, decimals: 1, w: 12, h: 9,
			text: "Hours with input." + perAppAndDay, empty: noDays}.perDay(), "B"),
		reuse(about{id: 23, title: "Viewer hours per day", unit: unitNumber, decimals: 1, w: 12, h: 9,
			text: "Hours watched, summed over the viewers." + perAppAndDay, empty: noDays}.perDay(), "C"),
		weekdays(),
		appTable(),
	}
}

// graph makes a time series for each of the apps in F.
func graph(ref string) []dashboard.DataTransformerConfig {
	return append([]dashboard.DataTransformerConfig{refs(ref + "|F"), joinApps()}, perApp("Value #"+ref)...)
}

func transformed(p *timeseries.PanelBuilder, ts []dashboard.DataTransformerConfig) *timeseries.PanelBuilder {
	for _, t := range ts {
		p.WithTransformation(t)
	}
	return p
}

func averageAudience() cog.Builder[dashboard.Panel] {
	return transformed(about{id: 21, title: "Average audience per day", unit: unitNumber, decimals: 1, w: 12, h: 9,
		text:  "Viewer time / ingest time, on days with ingest and viewers, on a logarithmic scale." + perAppAndDay,
		empty: noDays}.audiencePerDay().Datasource(otherPanels()).WithTarget(reused()),
		append([]dashboard.DataTransformerConfig{
			refs("B|C|F"), only("B|C", merge()), joinApps(),
			calculate("audience", "Value #C", "/", "Value #B"),
		}, perApp("audience")...))
}

// Columns of both tables.
const (
	colSessions = "Sessions"
	colIngest   = "Ingest hours"
	colViewer   = "Viewer hours"
	colAudience = "Average audience"
)

// weekdays is the mean of complete days: the last successful request of the app
// was sent after their end.
func weekdays() cog.Builder[dashboard.Panel] {
	const name = "Weekday"
	weekdays := map[string]dashboard.ValueMappingResult{}
	for i, title := range []string{"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"} {
		weekdays[string(rune('1'+i))] = text(title, "")
	}
	p := names(about{id: 24, title: "Weekday profile", unit: unitNumber, decimals: 1, w: 8, h: 10,
		text:  "The mean of each weekday (UTC) over the complete days of the time range: per app, summed over the apps.",
		empty: "No complete day in this range."}.table(), name).
		Datasource(otherPanels()).WithTarget(reused()).
		OverrideByName(name, []dashboard.DynamicConfigValue{set("mappings", texts(weekdays))}).
		WithTransformation(refs("A|B|C|D")).
		WithTransformation(only("A|B|C", merge())).
		WithTransformation(joinApps()).
		WithTransformation(dayAsTime()).
		WithTransformation(calculate("age", "Value #D", "-", "day")).
		WithTransformation(rowsAbove("age", day*1000-1)).
		WithTransformation(weekday("day"))
	widths(p, name, 100)
	measures := []column{{"Value #A", colSessions}, {"Value #B", colIngest}, {"Value #C", colViewer}}
	means, sums, shown := map[string]string{}, map[string]string{}, []column{{"day", name}}
	for i, m := range measures {
		means[m.field], sums[m.field+" (mean)"] = "mean", "sum"
		shown = append(shown, column{m.field + " (mean) (sum)", m.name})
		cell := common.NewTableBarGaugeCellOptions()
		cell.Mode = new(common.BarGaugeDisplayModeBasic)
		p.OverrideByName(m.name, []dashboard.DynamicConfigValue{
			set("custom.cellOptions", cell), set("custom.minWidth", 110), set("min", 0), set("fieldMinMax", true),
			colored([]string{"blue", "purple", "green"}[i]),
		})
	}
	return p.WithTransformation(groupBy([]string{"day", "app"}, means)).
		WithTransformation(groupBy([]string{"day"}, sums)).
		WithTransformation(sortBy("day", false)).
		WithTransformation(columns(shown...))
}

// appTable has every app with a successful request, also without livestreams.
func appTable() cog.Builder[dashboard.Panel] {
	link := options{
		"title": "Only this app",
		"url": "/d/" + livestreamsUID + "/" + livestreamsUID + "?${__url_time_range}&${datasource:queryparam}&${job:queryparam}" +
			"&${instance:queryparam}&var-app=${__data.fields.App:percentencode}",
	}
	p := about{id: 25, title: "Apps", unit: unitNumber, w: 16, h: 10,
		text:  "Each app over the time range, with the total in the last row. Click an app to select it. The busiest day is the one with the most viewer time. Days in window: the days with livestreams in the window of the exporter, whatever the time range is.",
		empty: "No successful response in this range. The dashboard RealtimeKit exporter shows why."}.table().
		Datasource(otherPanels()).WithTarget(reused()).
		WithTransformation(refs("A|B|C|D|E")).
		WithTransformation(only("A", groupBy([]string{"app"}, map[string]string{"Value #A": "sum"}))).
		WithTransformation(only("B", groupBy([]string{"app"}, map[string]string{"Value #B": "sum"}))).
		WithTransformation(only("C", rowsAbove("Value #C", 0))).
		WithTransformation(only("C", sortBy("Value #C", true))).
		WithTransformation(only("C", groupBy([]string{"app"}, map[string]string{"Value #C": "sum", "date": "first"}))).
		WithTransformation(merge()).
		WithTransformation(calculate("audience", "Value #C (sum)", "/", "Value #B (sum)")).
		WithTransformation(columns(column{"app", "App"}, column{"Value #A (sum)", colSessions}, column{"Value #C (sum)", colViewer},
			column{"audience", colAudience}, column{"Value #B (sum)", colIngest}, column{"date (first)", "Busiest day"},
			column{"Value #E", "Days in window"}, column{"Value #D", "Last response"}))
	names(p, "App", "Busiest day")
	widths(p, colSessions, 90, colViewer, 122, colAudience, 132, colIngest, 105, "Busiest day", 105, "Days in window", 122, "Last response", 145)
	for _, title := range []string{colSessions, colViewer, colIngest} {
		p.OverrideByName(title, []dashboard.DynamicConfigValue{set("custom.footer", options{"reducers": []string{"sum"}})})
	}
	for _, title := range []string{colViewer, colAudience, colIngest} {
		p.OverrideByName(title, []dashboard.DynamicConfigValue{set("decimals", 1), set("mappings", notANumber(noValue, "text"))})
	}
	none := texts(map[string]dashboard.ValueMappingResult{"0": text("no livestream", "")})
	return p.OverrideByName("App", []dashboard.DynamicConfigValue{set("links", []options{link})}).
		OverrideByName("Days in window", []dashboard.DynamicConfigValue{set("mappings", none)}).
		OverrideByName("Last response", []dashboard.DynamicConfigValue{set("unit", unitAgo)}).
		SortBy([]cog.Builder[common.TableSortByFieldState]{common.NewTableSortByFieldStateBuilder().DisplayName(colViewer).Desc(true)})
}
