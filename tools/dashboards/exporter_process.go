package main

import (
	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

const noProcess = "the exporter runs with --web.disable-exporter-metrics, or there is none: look at Scraped"

func process() []cog.Builder[dashboard.Panel] {
	return []cog.Builder[dashboard.Panel]{
		stateNow(about{id: 12, title: "Configuration", unit: unitNone, w: 6, h: 5,
			text: "Whether the last attempt to load the configuration went well. Refused: the one before stays in force, and the log has the mistakes.",
			none: notSeen, empty: noExporter}.stat()).
			WithTarget(number("A", "{{instance}}", each("instance", "realtimekit_exporter_config_last_reload_successful", targets))).
			ColorMode(common.BigValueColorModeBackground).TextMode(common.BigValueTextModeValueAndName).
			Mappings(upOrDown("in force", "refused")).ColorScheme(byThreshold()).Thresholds(thresholds("red", above(1, "green"))),
		stateNow(about{id: 13, title: "Configuration loaded", unit: "dateTimeFromNow", w: 6, h: 5,
			text: "When the configuration in force was loaded.", none: notSeen, empty: noExporter}.stat()).
			WithTarget(number("A", "{{instance}}", "1000 * "+each("instance", "realtimekit_exporter_config_last_reload_success_timestamp_seconds", targets))).
			TextMode(common.BigValueTextModeValueAndName),
		stateNow(about{id: 14, title: "Cache", unit: "s", w: 12, h: 5,
			text: "cache.ttl and cache.max_stale of the configuration in force: when an answer is due again, and for how long it is shown while asking fails.", none: notSeen, empty: noExporter}.stat()).
			WithTarget(number("A", "ttl · {{instance}}", each("instance", ttl, targets))).
			WithTarget(number("B", "max_stale · {{instance}}", each("instance", maxStale, targets))).
			TextMode(common.BigValueTextModeValueAndName),
		about{id: 15, title: "Scrape duration", unit: "s", decimals: 2, w: 8, h: 8,
			text:  "How long Prometheus waited for each scrape. A scrape that asks the API waits for it, up to the scrape timeout.",
			empty: noExporter}.lines().
			WithTarget(series("A", "{{instance}}", each("instance", "scrape_duration_seconds", targets))),
		about{id: 16, title: "Memory", unit: "bytes", w: 8, h: 8,
			text: "Memory of the process, and Go's heap in it.", empty: noProcess}.lines().
			WithTarget(series("A", "resident · {{instance}}", each("instance", "process_resident_memory_bytes", targets))).
			WithTarget(series("B", "heap · {{instance}}", each("instance", "go_memory_classes_heap_objects_bytes", targets))),
		about{id: 17, title: "Goroutines", unit: unitNone, w: 8, h: 8,
			text: "Goroutines of the process. A few for each request under way; growing for days is a leak.", empty: noProcess}.lines().
			WithTarget(series("A", "{{instance}}", each("instance", "go_goroutines", targets))),
		text(tableNow(about{id: 18, title: "Version", unit: unitNone, w: 12, h: 7,
			text: "What each exporter was built from.", empty: noExporter}.table()).
			WithTarget(state("A", each("instance, version, revision, goversion", "realtimekit_exporter_build_info", targets))).
			WithTransformation(columns(column{"instance", "Exporter"}, column{"version", "Version"}, column{"revision", "Revision"}, column{"goversion", "Go"})), "Exporter", "Version", "Revision", "Go"),
		text(tableNow(about{id: 19, title: "Apps configured", unit: unitNone, w: 12, h: 7,
			text: "The identifiers behind each app's name.", empty: "no app is configured, or " + noExporter}.table()).
			WithTarget(state("A", each("app, app_id, account_id", "realtimekit_app_info", apps))).
			WithTransformation(columns(column{"app", "App"}, column{"app_id", "App id"}, column{"account_id", "Account id"})), "App", "App id", "Account id"),
	}
}
