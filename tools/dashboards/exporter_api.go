package main

import (
	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

const noRequests = "no request was sent in this range, or there is no exporter: look at Scraped, and at Reports by app for the reason token"

func requests() []cog.Builder[dashboard.Panel] {
	return []cog.Builder[dashboard.Panel]{
		about{id: 7, title: "API requests by status", unit: unitPerHour, decimals: 1, w: 12, h: 8,
			text: "Requests to the API per hour, by HTTP status; error when no answer came.", empty: noRequests}.bars().
			Interval(anHour).
			WithTarget(series("A", "{{code}} · {{instance}}", perHour("instance, code", "realtimekit_exporter_api_requests_total", targets))),
		about{id: 8, title: "API latency", unit: "s", decimals: 2, w: 12, h: 8,
			text:  "How long requests took, the whole answer included: half of them, 9 of 10 and 99 of 100 were quicker. From the native histogram where Prometheus keeps it, else from the classic one.",
			empty: noRequests}.lines().
			Interval(anHour).
			WithTarget(series("A", "50 % · {{instance}}", quantile("0.5"))).
			WithTarget(series("B", "90 % · {{instance}}", quantile("0.9"))).
			WithTarget(series("C", "99 % · {{instance}}", quantile("0.99"))),
		about{id: 9, title: "Budget", unit: "suffix:requests", w: 8, h: 8,
			text: "Requests that may leave at once now with each account's token, beside what lasts per api.rate_limit.per. " +
				"At 0 requests wait: more apps than the rate limit carries, or a 429.",
			empty: noExporter}.lines().
			WithTarget(series("A", "may leave now · {{account_id}} · {{instance}}",
				each("instance, account_id", "realtimekit_exporter_api_budget_remaining_requests", targets))).
			WithTarget(series("B", "lasts · {{account_id}} · {{instance}}",
				each("instance, account_id", "realtimekit_exporter_api_budget_requests", targets))).
			Thresholds(thresholds("red", above(1, "green"))).ThresholdsStyle(dashed()),
		about{id: 10, title: "Blocked by a 429", unit: "s", w: 8, h: 8,
			text:  "For how long a 429 still keeps each account's token quiet; 0 when it does not. Something else may use the token too.",
			empty: noExporter}.lines().
			WithTarget(series("A", "{{account_id}} · {{instance}}",
				"clamp_min("+each("instance, account_id", "realtimekit_exporter_api_blocked_until_timestamp_seconds", targets)+" - time(), 0)")).
			Thresholds(thresholds("green", above(1, "red"))).ThresholdsStyle(dashed()),
		about{id: 11, title: "Where answers came from", unit: unitPerHour, w: 8, h: 8,
			text:  "Reports that scrapes asked for, per hour: fresh from the cache, refreshed by the API, stale since nothing newer came, none when there was nothing to show.",
			empty: noExporter}.bars().
			Interval(anHour).
			WithTarget(series("A", "{{result}} · {{instance}}", perHour("instance, result", "realtimekit_exporter_cache_answers_total", targets))),
	}
}
