package main

import "fmt"

const (
	up       = "realtimekit_report_up"
	success  = "realtimekit_report_last_success_timestamp_seconds"
	rows     = "realtimekit_report_rows"
	failures = "realtimekit_report_failures_total"
	ttl      = "realtimekit_exporter_cache_ttl_seconds"
	maxStale = "realtimekit_exporter_cache_max_stale_seconds"
)

// worstUp is whether all of an app's reports are up, for each exporter.
func worstUp() string { return "min by (instance, app) (" + up + apps + ")" }

// orNone gives a number to apps that have none yet, so that every table of apps
// has the same rows.
func orNone(expr string) string {
	return expr + " or on (instance, app) NaN * " + worstUp()
}

// age is that of an app's oldest report.
func age() string { return "time() - min by (instance, app) (" + success + apps + ")" }

// ageInTTLs is 1 when an answer falls due.
func ageInTTLs() string {
	return "(" + age() + ") / on (instance) group_left () max by (instance) (" + ttl + targets + ")"
}

// lastFailure is the reason of an app's last failure in 6 hours, and when it
// was, to 2 minutes; a failing report is asked again every 5 minutes or sooner.
func lastFailure() string {
	at := "max_over_time((time() + 0 * (increase(" + failures + apps + "[5m]) > 0))[6h:2m])"
	return "topk by (instance, app) (1, 1000 * max by (instance, app, reason) (" + at + ")) or on (instance, app) " +
		labelled("0 * "+worstUp(), "reason", "none")
}

// perHour is a counter's rate. The interval of its panels is at least an hour,
// and so the window holds more than one request for each TTL.
func perHour(by, counter, matchers string) string {
	return fmt.Sprintf("3600 * sum by (%s) (rate(%s%s[$__rate_interval]))", by, counter, matchers)
}

// quantile is of the native histogram where Prometheus keeps it, else of the
// classic one.
func quantile(q string) string {
	const h = "realtimekit_exporter_api_request_duration_seconds"
	return fmt.Sprintf("histogram_quantile(%s, sum by (instance) (rate(%s%s[$__rate_interval])))"+
		" or histogram_quantile(%[1]s, sum by (instance, le) (rate(%[2]s_bucket%[3]s[$__rate_interval])))", q, h, targets)
}

// disagreement counts closed days of which the exporters say different numbers.
func disagreement(measure string) string {
	closed := "time() - max by (date) (" + dateStart + targets + ") >= 86400"
	difference := fmt.Sprintf("max by (app, date) (%s%s) - min by (app, date) (%[1]s%[2]s)", measure, apps)
	return fmt.Sprintf("count((%s) > 0 and on (date) (%s)) or 0 * max(realtimekit_exporter_build_info%s)", difference, closed, targets)
}

// each keeps a series for each exporter.
func each(labels, metric, matchers string) string {
	return "max by (" + labels + ") (" + metric + matchers + ")"
}
