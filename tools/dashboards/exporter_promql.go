package main

import "fmt"

const (
	up       = "realtimekit_report_up"
	success  = "realtimekit_report_last_success_timestamp_seconds"
	rows     = "realtimekit_report_rows"
	skipped  = "realtimekit_report_rows_skipped"
	failures = "realtimekit_report_failures_total"
	ttl      = "realtimekit_exporter_cache_ttl_seconds"
	maxStale = "realtimekit_exporter_cache_max_stale_seconds"
)

// byReport is one value per exporter, app and report.
func byReport(metric string) string { return "max by (instance, app, report) (" + metric + apps + ")" }

// orNaN adds a NaN for each report without a value, so that the columns of a
// table have the same rows.
func orNaN(expr string) string {
	return expr + " or on (instance, app, report) NaN * " + byReport(up)
}

func age() string { return "time() - " + byReport(success) }

// ageInTTLs is 1 when a response is due. The TTL has no label report in version
// 0.1.0, which knows only livestreams.
func ageInTTLs() string {
	return fmt.Sprintf(`(%s) / on (instance, report) group_left () max by (instance, report) (label_replace(%s%s, "report", "livestreams", "report", ""))`,
		age(), ttl, targets)
}

// lastFailure is the time and reason of the last failure in 6 hours, with a
// resolution of 2 minutes.
func lastFailure() string {
	at := "max_over_time((time() + 0 * (increase(" + failures + apps + "[5m]) > 0))[6h:2m])"
	return "topk by (instance, app, report) (1, 1000 * max by (instance, app, report, reason) (" + at + "))" +
		" or on (instance, app, report) label_replace(0 * " + byReport(up) + `, "reason", "none", "", "")`
}

func perMinute(by, counter, matchers string) string {
	return fmt.Sprintf("60 * sum by (%s) (rate(%s%s[$__rate_interval]))", by, counter, matchers)
}

// quantile reads the native histogram if Prometheus stores it, else the classic one.
func quantile(q string) string {
	const h = "realtimekit_exporter_api_request_duration_seconds"
	return fmt.Sprintf("histogram_quantile(%s, sum(rate(%s%s[$__rate_interval])))"+
		" or histogram_quantile(%[1]s, sum by (le) (rate(%[2]s_bucket%[3]s[$__rate_interval])))", q, h, targets)
}

// disagreement counts the days for which replicas report different values. It
// ignores the first hour after a day: replicas fetch at different times.
func disagreement(measure string) string {
	return fmt.Sprintf("count(stddev by (app_id, date) (%s%s * on (instance, app) group_left (app_id) realtimekit_app_info%[2]s) > 0"+
		" and on (date) (time() - max by (date) (%[3]s%[4]s) >= %[5]d)) or 0 * max(realtimekit_exporter_build_info%[4]s)",
		measure, apps, dateStart, targets, day+3600)
}

// byAccount is one value per exporter and account, whose long identifier is shortened.
func byAccount(metric string) string {
	return "label_replace(max by (instance, account_id) (" + metric + targets + `), "account", "${1}", "account_id", "(.{0,6}).*")`
}

// each is one value per exporter, or per combination of labels.
func each(labels, metric, matchers string) string {
	return "max by (" + labels + ") (" + metric + matchers + ")"
}
