package main

import (
	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

func reports() []cog.Builder[dashboard.Panel] {
	return []cog.Builder[dashboard.Panel]{
		about{id: 3, title: "Reports up and down", unit: unitNone, w: 12, h: 9,
			text: "Whether the last finished request of each app was answered well: red where one failed at any time in a step.", empty: noExporter}.timeline().
			Interval("5m").
			WithTarget(series("A", "{{app}} · {{instance}}", "min by (instance, app) (min_over_time("+up+apps+"[$__interval]))")).
			Mappings(upOrDown("up", "failing")).ColorScheme(byThreshold()).Thresholds(thresholds("red", above(1, "green"))),
		about{id: 4, title: "Age of the data, in TTLs", unit: "suffix:TTL", decimals: 1, w: 12, h: 9,
			text:  "How old each app's last good answer is, in cache.ttl of the configuration in force: due again at 1, old from 2 on.",
			empty: "no app was ever fetched, or no exporter was scraped in this range: look at Reports by app"}.lines().
			WithTarget(series("A", "{{app}} · {{instance}}", ageInTTLs())).
			Thresholds(thresholds("green", above(1.5, "yellow"), above(2, "red"))).
			ThresholdsStyle(dashed()),
		about{id: 5, title: "Failures by reason", unit: unitPerHour, decimals: 1, w: 12, h: 8,
			text:  "Requests for a report that failed, per hour. The README's table of reasons says what to do about each.",
			empty: "no request failed in this range: all is well, if Reports by app is not empty"}.bars().
			Interval(anHour).
			WithTarget(series("A", "{{reason}} · {{instance}}", perHour("instance, reason", failures, apps)+" > 0")),
		about{id: 6, title: "Closed days on which replicas disagree", unit: "suffix:days", w: 12, h: 8,
			text: "Days before today of which two exporters say different numbers. A correction shows in one a TTL before the other; " +
				"for longer, they ask for different things (filters, account) or one fails. Livestreams shows the larger number.",
			empty: noExporter}.lines().
			WithTarget(series("A", "sessions", disagreement(sessions))).
			WithTarget(series("B", "ingest", disagreement(ingest))).
			WithTarget(series("C", "viewer time", disagreement(viewer))).
			Thresholds(thresholds("green", above(1, "red"))).ThresholdsStyle(dashed()),
	}
}

const anHour = "1h"
