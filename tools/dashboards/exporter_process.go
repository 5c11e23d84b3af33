package main

import (
	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

const noProcess = "The exporter runs with --web.disable-exporter-metrics, or there are less than 5 minutes of data."

func process() []cog.Builder[dashboard.Panel] {
	return []cog.Builder[dashboard.Panel]{
		state(about{id: 12, title: "Configuration", w: 6, h: 6,
			text:  "Whether the last attempt to load the configuration succeeded. If it was rejected, the previous one stays active, and the log has the problems.",
			empty: noExporter}.stat(), "valid", "rejected").
			WithTarget(number("{{instance}}", each("instance", "realtimekit_exporter_config_last_reload_successful", targets))),
		about{id: 13, title: "Configuration loaded", unit: unitAgo, w: 6, h: 6,
			text: "When the active configuration was loaded.", empty: noExporter}.stat().
			WithTarget(number("{{instance}}", "1000 * "+each("instance", "realtimekit_exporter_config_last_reload_success_timestamp_seconds", targets))),
		tableNow(about{id: 14, title: "Cache", unit: unitSeconds, w: 12, h: 6,
			text: "The active cache.ttl (or live_ttl) and cache.max_stale: when a report is due, and how old it may get while requests fail.", empty: noExporter}.table()).
			WithTarget(instant("A", each("instance, report", ttl, targets))).
			WithTarget(instant("B", each("instance, report", maxStale, targets))).
			WithTransformation(merge()).
			WithTransformation(columns(column{"instance", "Exporter"}, column{"report", "Report"}, column{"Value #A", "TTL"}, column{"Value #B", "Maximum age"})).
			OverrideByName("Report", []dashboard.DynamicConfigValue{set("unit", "string")}),
		about{id: 15, title: "Scrape duration", unit: unitSeconds, w: 6, h: 8,
			text:  "The duration of scrapes. A scrape that fetches reports waits for the API, at most until the scrape timeout.",
			empty: noExporter}.lines().Interval(leastStep).
			WithTarget(series("A", "{{instance}}", "max by (instance) (max_over_time(scrape_duration_seconds"+targets+"[$__interval]))")),
		about{id: 16, title: "Memory", unit: "bytes", w: 6, h: 8,
			text: "Resident memory of the process.", empty: noProcess}.lines().Interval(leastStep).
			WithTarget(series("A", "{{instance}}", each("instance", "process_resident_memory_bytes", targets))),
		about{id: 17, title: "Goroutines", w: 6, h: 8,
			text: "Goroutines of the process: a few for each request in flight. If the number grows for days, report it.", empty: noProcess}.lines().Decimals(0).
			Interval(leastStep).
			WithTarget(series("A", "{{instance}}", each("instance", "go_goroutines", targets))),
		about{id: 20, title: "Log messages dropped", unit: unitPerMin, w: 6, h: 8,
			text: "Log messages per minute that were dropped, because nothing reads the exporter's stderr.", empty: noExporter}.lines().
			Interval(leastStep).
			WithTarget(series("A", "{{instance}}", perMinute("instance", "realtimekit_exporter_log_messages_dropped_total", targets))),
		versions(),
		identifiers(),
	}
}

func versions() cog.Builder[dashboard.Panel] {
	p := tableNow(about{id: 18, title: "Version", w: 11, h: 8,
		text: "The build of each exporter.", empty: noExporter}.table()).
		WithTarget(instant("A", each("instance, version, revision, goversion", "realtimekit_exporter_build_info", targets))).
		WithTransformation(columns(column{"instance", "Exporter"}, column{"version", "Version"}, column{"goversion", "Go"}, column{"revision", "Revision"}))
	widths(p, "Version", 90, "Go", 90, "Revision", 350)
	return names(p, "Exporter", "Version", "Go", "Revision")
}

func identifiers() cog.Builder[dashboard.Panel] {
	p := tableNow(about{id: 19, title: "App identifiers", w: 13, h: 8,
		text: "The identifiers of each app.", empty: noExporter}.table()).
		WithTarget(instant("A", each("app, app_id, account_id", "realtimekit_app_info", apps))).
		WithTransformation(columns(column{"app", "App"}, column{"app_id", "App ID"}, column{"account_id", "Account ID"}))
	widths(p, "App ID", 300, "Account ID", 310)
	return names(p, "App", "App ID", "Account ID")
}
