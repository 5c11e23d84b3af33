package main

import (
	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/timeseries"
)

// leastStep is short enough for a fresh installation and for the last hour.
const leastStep = "5m"

func reports() []cog.Builder[dashboard.Panel] {
	return []cog.Builder[dashboard.Panel]{
		about{id: 3, title: "Reports up and down", w: 12, h: 9,
			text: "Whether the last completed request of each report succeeded: red if it failed in any exporter, at any time in the step.", empty: noExporter}.timeline().
			Interval(leastStep).
			WithTarget(series("A", "{{app}} · {{report}}", "min by (app, report) (min_over_time("+up+apps+"[$__interval]))")).
			Mappings(upOrDown("up", "failing")).
			ColorScheme(dashboard.NewFieldColorBuilder().Mode(dashboard.FieldColorModeIdThresholds)),
		dashed(about{id: 4, title: "Age of the oldest response, in TTLs", w: 12, h: 9,
			text:  "The age of the oldest successful response of each report, divided by the TTL of the report: due at 1, too old from 2. Reports by app shows each app.",
			empty: "No successful response in this range, or less than 5 minutes of data. Reports by app shows the current state."}.lines().
			Interval(leastStep).
			WithTarget(series("A", "{{report}} · {{instance}}", "max by (instance, report) ("+ageInTTLs()+")")),
			thresholds("green", above(1.5, "yellow"), above(2, "red"))),
		colors(about{id: 5, title: "Failed requests by reason", unit: unitPerMin, w: 12, h: 9,
			text:  "Failed requests for a report per minute, over all exporters. docs/reference.md describes each reason.",
			empty: "No failed request in this range."}.bars().
			Interval(leastStep).
			WithTarget(series("A", "{{reason}}", perMinute("reason", failures, apps)+" > 0")),
			[2]string{"timeout", "orange"}, [2]string{"network", "light-orange"},
			[2]string{"token", "purple"}, [2]string{"auth", "dark-purple"}, [2]string{"intercepted", "light-purple"},
			[2]string{"not_found", "blue"}, [2]string{"rate_limited", "yellow"}, [2]string{"client", "light-blue"},
			[2]string{"server", "red"}, [2]string{"redirect", "dark-blue"}, [2]string{"api_error", "light-red"}, [2]string{"malformed", "dark-red"}),
		dashed(about{id: 6, title: "Complete days with different values in replicas", w: 12, h: 9,
			text: "Days that ended more than an hour ago, for which two exporters report different values of an app (by app_id). A correction arrives in one a TTL before the other; " +
				"for longer than that, check whether they have the same filters and both are up. The livestreams dashboard shows the larger value.",
			empty: noExporter}.lines().Decimals(0).
			Interval(leastStep).
			WithTarget(series("A", "sessions", disagreement(sessions))).
			WithTarget(series("B", "ingest", disagreement(ingest))).
			WithTarget(series("C", "viewer time", disagreement(viewer))),
			thresholds("green", above(1, "red"))),
	}
}

// colors gives series fixed colors, by pairs of a regular expression and a color; later pairs win.
func colors(p *timeseries.PanelBuilder, fixed ...[2]string) *timeseries.PanelBuilder {
	for _, c := range fixed {
		p.OverrideByRegexp("/^"+c[0]+"$/", []dashboard.DynamicConfigValue{colored(c[1])})
	}
	return p
}
