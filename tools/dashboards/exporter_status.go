package main

import (
	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

const noExporter = "No exporter in this range, or less than 5 minutes of data. Check the page Targets of Prometheus, and the variables Data source, Job and Instance."

func status() []cog.Builder[dashboard.Panel] {
	return []cog.Builder[dashboard.Panel]{
		state(about{id: 1, title: "Scraped", w: 5, h: 9,
			text:  "Whether the last scrape of each exporter succeeded. If it is down, check the process, its address, the scrape timeout and the password.",
			empty: noExporter}.stat(), "up", "down").
			WithTarget(number("{{instance}}", each("instance", "up", targets))),
		reportTable(),
	}
}

func reportTable() cog.Builder[dashboard.Panel] {
	background := set("custom.cellOptions", options{"type": "color-background", "mode": "basic"})
	never, none := set("mappings", notANumber("never", "red")), set("mappings", notANumber(noValue, "text"))
	p := tableNow(about{id: 2, title: "Reports by app", unit: unitNumber, w: 19, h: 9,
		text: "Each report of each app, as each exporter has it. State: the result of the last completed request. Age: since the last successful response was requested; due at 1 TTL, red from 2. " +
			"Last failure: in the last 6 hours. Rows: days with a row in the last successful response (not of the report live); skipped: rows without a date. docs/reference.md describes each reason.",
		empty: noExporter}.table()).
		WithTarget(instant("A", byReport(up))).
		WithTarget(instant("B", orNaN(age()))).
		WithTarget(instant("C", orNaN(ageInTTLs()))).
		WithTarget(instant("D", orNaN(byReport(rows)))).
		WithTarget(instant("E", lastFailure())).
		WithTarget(instant("F", orNaN(byReport(skipped)))).
		WithTransformation(merge()).
		WithTransformation(columns(column{"app", "App"}, column{"Value #A", "State"}, column{"Value #B", "Age"}, column{"Value #C", "TTLs"},
			column{"reason", "Last failure"}, column{"Value #E", "When"}, column{"report", "Report"}, column{"instance", "Exporter"}, column{"Value #D", "Rows"}, column{"Value #F", "Skipped"}))
	names(p, "App", "Last failure", "Report", "Exporter")
	widths(p, "State", 75, "Age", 90, "TTLs", 65, "Last failure", 115, "When", 145, "Report", 105, "Rows", 60, "Skipped", 80)
	return p.OverrideByName("State", []dashboard.DynamicConfigValue{set("mappings", upOrDown("up", "failing")), background}).
		OverrideByName("Age", []dashboard.DynamicConfigValue{set("unit", unitSeconds), never}).
		OverrideByName("TTLs", []dashboard.DynamicConfigValue{set("decimals", 1), never, background,
			set("thresholds", thresholds("green", above(1.5, "yellow"), above(2, "red"))), set("color", options{"mode": "thresholds"})}).
		OverrideByName("When", []dashboard.DynamicConfigValue{set("unit", unitAgo),
			set("mappings", texts(map[string]dashboard.ValueMappingResult{"0": text(noValue, "")}))}).
		OverrideByName("Rows", []dashboard.DynamicConfigValue{none}).
		OverrideByName("Skipped", []dashboard.DynamicConfigValue{none}).
		SortBy([]cog.Builder[common.TableSortByFieldState]{common.NewTableSortByFieldStateBuilder().DisplayName("State")})
}
