package main

import (
	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/timeseries"
)

// firstPerDay is the panel with the queries of its row.
const firstPerDay = 20

const noDays = "No day with a value in this range. The table Apps and the dashboard RealtimeKit exporter show why."

// perDayAbout is a graph of the row.
func (d daily) perDayAbout(n int, m measure, decimals float64, more string) about {
	return about{id: uint32(firstPerDay + n), title: m.title + " per day", unit: unitNumber, decimals: decimals, w: 12, h: 9, //nolint:gosec // a few panels
		text: m.help + more + " Per app and day (UTC); the current day is incomplete. " + d.ranked(), empty: noDays}
}

func (d daily) perDay() (panels []cog.Builder[dashboard.Panel]) {
	for i, m := range d.measures {
		if i == 0 {
			p := d.perDayAbout(0, m, 0, " The other panels of this row reuse its queries.").perDay()
			for n, m := range d.measures {
				p.WithTarget(instant(ref(n), days(m.metric, m.scale())))
			}
			p.WithTarget(instant(d.refLast(), "1000 * "+d.lastByApp(success))).
				WithTarget(instant(d.refRows(), d.lastByApp(rows))).
				WithTarget(instant(d.refTop(), d.topApps()))
			panels = append(panels, transformed(p, d.graph(0)))
			continue
		}
		p := d.perDayAbout(i, m, m.decimals(), "").perDay()
		panels = append(panels, transformed(p.Datasource(otherPanels()).WithTarget(reused()), d.graph(i)))
	}
	if d.ratio != nil {
		panels = append(panels, d.ratioPerDay())
	}
	return append(panels, d.weekdays(), d.appTable())
}

// graph makes a time series for each of the apps that graphs show.
func (d daily) graph(i int) []dashboard.DataTransformerConfig {
	return append([]dashboard.DataTransformerConfig{refs(ref(i) + "|" + d.refTop()), joinApps()}, perApp("Value #"+ref(i))...)
}

func transformed(p *timeseries.PanelBuilder, ts []dashboard.DataTransformerConfig) *timeseries.PanelBuilder {
	for _, t := range ts {
		p.WithTransformation(t)
	}
	return p
}

func (d daily) ratioPerDay() cog.Builder[dashboard.Panel] {
	of, per := ref(d.ratio.of), ref(d.ratio.per)
	measures := per + "|" + of
	return transformed(d.perDayAbout(len(d.measures), d.ratio.measure, 1, ", on days with ingest and viewers, on a logarithmic scale.").
		audiencePerDay().Datasource(otherPanels()).WithTarget(reused()),
		append([]dashboard.DataTransformerConfig{
			refs(measures + "|" + d.refTop()), only(measures, merge()), joinApps(),
			calculate("ratio", "Value #"+of, "/", "Value #"+per),
		}, perApp("ratio")...))
}

// weekdays is the mean of complete days: the last successful request of the app
// was sent after their end.
func (d daily) weekdays() cog.Builder[dashboard.Panel] {
	const name = "Weekday"
	weekdays := map[string]dashboard.ValueMappingResult{}
	for i, title := range []string{"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"} {
		weekdays[string(rune('1'+i))] = text(title, "")
	}
	p := names(about{id: firstPerDay + 8, title: "Weekday profile", unit: unitNumber, decimals: 1, w: d.tableWidth(8), h: 10,
		text:  "The mean of each weekday (UTC) over the complete days of the time range: per app, summed over the apps.",
		empty: "No complete day in this range."}.table(), name).
		Datasource(otherPanels()).WithTarget(reused()).
		OverrideByName(name, []dashboard.DynamicConfigValue{set("mappings", texts(weekdays))}).
		WithTransformation(refs(d.refMeasures() + "|" + d.refLast())).
		WithTransformation(only(d.refMeasures(), merge())).
		WithTransformation(joinApps()).
		WithTransformation(dayAsTime()).
		WithTransformation(calculate("age", "Value #"+d.refLast(), "-", "day")).
		WithTransformation(rowsAbove("age", day*1000-1)).
		WithTransformation(weekday("day"))
	widths(p, name, 100)
	means, sums, shown := map[string]string{}, map[string]string{}, []column{{"day", name}}
	for i, m := range d.measures {
		field := "Value #" + ref(i)
		means[field], sums[field+" (mean)"] = "mean", "sum"
		shown = append(shown, column{field + " (mean) (sum)", m.title})
		cell := common.NewTableBarGaugeCellOptions()
		cell.Mode = new(common.BarGaugeDisplayModeBasic)
		p.OverrideByName(m.title, []dashboard.DynamicConfigValue{
			set("custom.cellOptions", cell), set("custom.minWidth", 110), set("min", 0), set("fieldMinMax", true),
			colored(d.colors[i]),
		})
	}
	return p.WithTransformation(groupBy([]string{"day", "app"}, means)).
		WithTransformation(groupBy([]string{"day"}, sums)).
		WithTransformation(sortBy("day", false)).
		WithTransformation(columns(shown...))
}

// appTable has every app with a successful request, also without rows.
func (d daily) appTable() cog.Builder[dashboard.Panel] {
	const busiest, inWindow, last = "Busiest day", "Days in window", "Last response"
	link := options{
		"title": "Only this app",
		"url": "/d/" + d.uid + "/" + d.uid + "?${__url_time_range}&${datasource:queryparam}&${job:queryparam}" +
			"&${instance:queryparam}&var-app=${__data.fields.App:percentencode}",
	}
	p := about{id: firstPerDay + 9, title: "Apps", unit: unitNumber, w: d.tableWidth(16), h: 10,
		text: "Each app over the time range, with the total in the last row. Click an app to select it. The busiest day is the one with the most " + d.rankText() +
			". Days in window: the days with " + d.event + "s in the window of the exporter, independent of the time range.",
		empty: "No successful response in this range. The dashboard RealtimeKit exporter shows why."}.table().
		Datasource(otherPanels()).WithTarget(reused()).
		WithTransformation(refs(d.refMeasures() + "|" + d.refLast() + "|" + d.refRows()))
	rank := "Value #" + ref(d.rank)
	shown := []column{{"app", "App"}}
	sum := func(i int) column { return column{"Value #" + ref(i) + " (sum)", d.measures[i].title} }
	for i := range d.measures {
		if i != d.rank {
			value := "Value #" + ref(i)
			p.WithTransformation(only(ref(i), groupBy([]string{"app"}, map[string]string{value: "sum"})))
		}
	}
	p.WithTransformation(only(ref(d.rank), rowsAbove(rank, 0))).
		WithTransformation(only(ref(d.rank), sortBy(rank, true))).
		WithTransformation(only(ref(d.rank), groupBy([]string{"app"}, map[string]string{rank: "sum", "date": "first"}))).
		WithTransformation(merge())
	for _, i := range d.inTable() {
		shown = append(shown, sum(i))
		if r := d.ratio; r != nil && r.of == i {
			p.WithTransformation(calculate("ratio", sum(r.of).field, "/", sum(r.per).field))
			shown = append(shown, column{"ratio", r.title})
			p.OverrideByName(r.title, fraction())
			widths(p, r.title, r.width)
		}
		m := d.measures[i]
		widths(p, m.title, m.width)
		p.OverrideByName(m.title, []dashboard.DynamicConfigValue{set("custom.footer", options{"reducers": []string{"sum"}})})
		if m.hours {
			p.OverrideByName(m.title, fraction())
		}
	}
	p.WithTransformation(columns(append(shown, column{"date (first)", busiest},
		column{"Value #" + d.refRows(), inWindow}, column{"Value #" + d.refLast(), last})...))
	names(p, "App", busiest)
	widths(p, busiest, 105, inWindow, 122, last, 145)
	none := texts(map[string]dashboard.ValueMappingResult{"0": text("no "+d.event, "")})
	return p.OverrideByName("App", []dashboard.DynamicConfigValue{set("links", []options{link})}).
		OverrideByName(inWindow, []dashboard.DynamicConfigValue{set("mappings", none)}).
		OverrideByName(last, []dashboard.DynamicConfigValue{set("unit", unitAgo)}).
		SortBy([]cog.Builder[common.TableSortByFieldState]{common.NewTableSortByFieldStateBuilder().DisplayName(d.measures[d.rank].title).Desc(true)})
}

// tableWidth is the width of a table: with many columns, that of the dashboard.
func (d daily) tableWidth(w uint32) uint32 {
	if len(d.measures) > 3 {
		return 24
	}
	return w
}

// inTable is the order of the measures in the table of apps: counts first.
func (d daily) inTable() (order []int) {
	for i, m := range d.measures {
		if !m.hours {
			order = append(order, i)
		}
	}
	order = append(order, d.rank)
	for i, m := range d.measures {
		if m.hours && i != d.rank {
			order = append(order, i)
		}
	}
	return order
}

// fraction shows one decimal, and a dash for no number.
func fraction() []dashboard.DynamicConfigValue {
	return []dashboard.DynamicConfigValue{set("decimals", 1), set("mappings", notANumber(noValue, "text"))}
}
