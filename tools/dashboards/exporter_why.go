package main

import (
	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

// What the panels of an exporter show when there is none.
const (
	notSeen    = "no exporter seen"
	noExporter = "Prometheus has no realtimekit_exporter_build_info: look at its page Targets, whether the job is there and scraped, and at the variables Data source and Job"
)

// whyEmpty answers in the order of the way: scraped, asked, answered.
func whyEmpty() []cog.Builder[dashboard.Panel] {
	return []cog.Builder[dashboard.Panel]{
		stateNow(about{id: 1, title: "Scraped", unit: unitNone, w: 6, h: 8,
			text: "Whether Prometheus's last scrape of each exporter went well. Down: the process, its address, the scrape timeout, or a password.",
			none: notSeen, empty: noExporter}.stat()).
			WithTarget(number("A", "{{instance}}", each("instance", "up", targets))).
			ColorMode(common.BigValueColorModeBackground).TextMode(common.BigValueTextModeValueAndName).
			Mappings(upOrDown("up", "down")).ColorScheme(byThreshold()).Thresholds(thresholds("red", above(1, "green"))),
		whyTable(),
	}
}

func whyTable() cog.Builder[dashboard.Panel] {
	colored := options{"type": "color-background"}
	ages := steps("green", above(1.5, "yellow"), above(2, "red"))
	return tableNow(about{id: 2, title: "Reports by app", unit: unitNone, w: 18, h: 8,
		text: "Each app as each exporter knows it. State: the outcome of the last finished request. Age: since the last good answer; due again at 1 TTL, red from 2. " +
			"Rows: days with a row in the last good answer; with 0 the app has no days to show. Last failure: its reason, in the last 6 hours. The runbook says what to do about each.",
		empty: "no exporter tells of an app: " + noExporter}.table()).
		WithTarget(state("A", worstUp())).
		WithTarget(state("B", orNone(age()))).
		WithTarget(state("C", orNone(ageInTTLs()))).
		WithTarget(state("D", orNone("min by (instance, app) ("+rows+apps+")"))).
		WithTarget(state("E", lastFailure())).
		WithTransformation(merge()).
		WithTransformation(columns(column{"app", "App"}, column{"instance", "Exporter"}, column{"Value #A", "State"}, column{"Value #B", "Age"},
			column{"Value #C", "Age in TTLs"}, column{"Value #D", "Rows"}, column{"reason", "Last failure"}, column{"Value #E", "When"})).
		OverrideByName("State", []dashboard.DynamicConfigValue{set("mappings", upOrDown("up", "failing")), set("custom.cellOptions", colored)}).
		OverrideByName("Age", []dashboard.DynamicConfigValue{set("unit", "s"), set("mappings", notANumber("never fetched"))}).
		OverrideByName("Age in TTLs", []dashboard.DynamicConfigValue{set("decimals", 1), set("mappings", notANumber("never fetched")),
			set("thresholds", ages), set("color", options{"mode": "thresholds"}), set("custom.cellOptions", colored)}).
		OverrideByName("Rows", []dashboard.DynamicConfigValue{set("mappings", notANumber("never fetched"))}).
		OverrideByName("When", []dashboard.DynamicConfigValue{set("unit", "dateTimeFromNow"),
			set("mappings", []dashboard.ValueMapping{words(map[string]dashboard.ValueMappingResult{"0": word("–", "")})})}).
		SortBy([]cog.Builder[common.TableSortByFieldState]{common.NewTableSortByFieldStateBuilder().DisplayName("State")})
}
