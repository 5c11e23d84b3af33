package main

import (
	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

func requests() []cog.Builder[dashboard.Panel] {
	return []cog.Builder[dashboard.Panel]{
		colors(about{id: 7, title: "API requests by status", unit: unitPerMin, w: 12, h: 8,
			text: "Requests per minute, by HTTP status, over all exporters; error: no response.", empty: noExporter}.bars().
			Interval(leastStep).
			WithTarget(series("A", "{{code}}", perMinute("code", "realtimekit_exporter_api_requests_total", targets))),
			[2]string{"2..", "green"}, [2]string{"3..", "dark-blue"}, [2]string{"4..", "orange"}, [2]string{"5..", "red"},
			[2]string{"401", "purple"}, [2]string{"403", "dark-purple"}, [2]string{"404", "blue"}, [2]string{"429", "yellow"},
			[2]string{"500", "light-red"}, [2]string{"502", "semi-dark-red"}, [2]string{"504", "dark-red"}, [2]string{"error", "light-orange"}),
		colors(about{id: 8, title: "API latency", unit: unitSeconds, w: 12, h: 8,
			text:                                             "Quantiles 0.5, 0.9 and 0.99 of the duration of requests, until the response is complete, over all exporters. From the native histogram if Prometheus stores it, else from the classic one.",
			empty:                                            "No request in this range, or less than 5 minutes of data."}.lines().
			SpanNulls(common.BoolOrFloat64{Bool: new(true)}). // steps without a request
			Interval(leastStep).
			WithTarget(series("A", "50 %", quantile("0.5"))).
			WithTarget(series("B", "90 %", quantile("0.9"))).
			WithTarget(series("C", "99 %", quantile("0.99"))),
			[2]string{"50 %", "green"}, [2]string{"90 %", "yellow"}, [2]string{"99 %", "orange"}),
		about{id: 9, title: "Request budget", w: 8, h: 8,
			text: "Requests that can be sent immediately with the token of each account, and the sustainable requests per api.rate_limit.per. " +
				"At 0, requests wait: there are more apps than the rate limit allows, or a 429 paused requests.",
			empty: noExporter}.lines().Decimals(0).
			Interval(leastStep).
			WithTarget(series("A", "now · {{account}} · {{instance}}", byAccount("realtimekit_exporter_api_budget_remaining_requests"))).
			WithTarget(series("B", "sustainable · {{account}} · {{instance}}", byAccount("realtimekit_exporter_api_budget_requests"))),
		about{id: 10, title: "Pause after a 429", unit: unitSeconds, w: 8, h: 8,
			text:  "Remaining time of the pause after a 429, by account. Another program may use the same token.",
			empty: noExporter}.lines().
			Interval(leastStep).
			WithTarget(series("A", "{{account}} · {{instance}}",
				"clamp_min("+byAccount("realtimekit_exporter_api_blocked_until_timestamp_seconds")+" - time(), 0)")),
		colors(about{id: 11, title: "Reports by source", unit: unitPerMin, w: 8, h: 8,
			text:  "Reports in scrapes per minute, over all exporters: fresh (from the cache), refreshed (from the API), stale (from the cache, because there was no new response), none (no data).",
			empty: noExporter}.bars().
			Interval(leastStep).
			WithTarget(series("A", "{{result}}", perMinute("result", "realtimekit_exporter_cache_answers_total", targets))),
			[2]string{"fresh", "green"}, [2]string{"refreshed", "blue"}, [2]string{"stale", "orange"}, [2]string{"none", "red"}),
		discoveryTable(),
	}
}
