package main

import "fmt"

// Matchers that the variables fill in. Only metrics about an app have the label app.
const (
	targets = `{job=~"$job",instance=~"$instance"}`
	apps    = `{job=~"$job",instance=~"$instance",app=~"$app"}`
)

const (
	sessions  = "realtimekit_livestream_daily_sessions"
	ingest    = "realtimekit_livestream_daily_ingest_seconds"
	viewer    = "realtimekit_livestream_daily_viewer_seconds"
	dateStart = "realtimekit_date_start_timestamp_seconds"
)

// How far back from the end of the range a query looks, besides ahead: a span
// is as long as the range, and durations name each unit once, so that twice the
// range is written in seconds and milliseconds.
const (
	noSpan   = ""
	oneSpan  = "${__range_s}s"
	twoSpans = "${__range_s}s${__range_ms}ms"
	days8    = "192h"
	months2  = "1488h" // 62 days
)

// lastInstant is where the range ends. A range that ends at 00:00:00 has
// nothing of the day that begins then.
const lastInstant = "(time() - 0.001)"

// last is the last sample of each series in a span and the days of the look
// ahead after it: what is said of a day changes until the day has left the
// exporter's window.
func last(series, span string) string {
	return "last_over_time(" + series + "[${lookahead}d" + span + "] offset -${lookahead}d)"
}

// days is one value for each app and date, however many replicas said it.
func days(measure, span string) string {
	return "max by (app, date) (" + last(measure+apps, span) + ")"
}

// starts is when each date begins.
func starts(span string) string {
	return "max by (date) (" + last(dateStart+targets, span) + ")"
}

// inRange keeps dates that begin in the range.
const inRange = " >= ${__from} / 1000 < ${__to} / 1000"

// perDay is, in a range query with the step 1d, one point for each app and day
// at its 00:00 UTC. The label measure keeps the measures of a panel apart.
func perDay(measure, name, scale string) string {
	return labelled(fmt.Sprintf("sum by (app) (%s and on (date) (%s == time()%s))%s",
		days(measure, noSpan), starts(noSpan), inRange, scale), "measure", name)
}

// fetchedPerDay is, for the same points, when the app's last good answer was
// fetched, in milliseconds as Grafana has its times.
func fetchedPerDay() string {
	return labelled("1000 * max by (app) ("+last("realtimekit_report_last_success_timestamp_seconds"+apps, noSpan)+")",
		"measure", "fetched")
}

// labelled puts a label on a result.
func labelled(expr, label, value string) string {
	return fmt.Sprintf("label_replace(%s, %q, %q, \"\", \"\")", expr, label, value)
}

// overRange adds up the days that begin in the range.
func overRange(measure, scale string) string {
	return fmt.Sprintf("sum(%s and on (date) (%s%s))%s", days(measure, oneSpan), starts(oneSpan), inRange, scale)
}

// overRangeBefore adds up the days of the span before, which is as long and
// ends where the range begins.
func overRangeBefore(measure, scale string) string {
	return fmt.Sprintf("sum(%s and on (date) (%s%s))%s", days(measure, twoSpans), starts(twoSpans), inRangeBefore, scale)
}

const (
	from          = "${__from} / 1000"
	fromBefore    = "(${__from} / 1000 - $__range_s)"
	inRangeBefore = " >= " + fromBefore + " < " + from
)

// knownBefore is there when the exporter knows each date of the span before:
// as many as there are midnights in it.
func knownBefore() string {
	midnights := fmt.Sprintf("ceil(vector(%s / 86400)) - ceil(vector(%s / 86400))", from, fromBefore)
	return fmt.Sprintf("(count(%s%s) == %s)", starts(twoSpans), inRangeBefore, midnights)
}

// withChange is a table of the span before and the range itself, in the label
// span. Where there is nothing to compare with (a day that the exporter does
// not know, or nothing in the whole span), the span before is infinite: of that
// Grafana makes no percentage, while it would make 0 % of a gap. So is it where
// nothing is known of the range itself, or Grafana would show the span before instead.
func withChange(now, before string) string {
	return labelled(fmt.Sprintf("(%s and on () %s and on () (%s)) > 0 or vector(Inf)", before, knownBefore(), now), "span", "1 before") +
		" or " + labelled(now, "span", "2 this")
}

// sumWithChange is a measure over the range, beside the span before.
func sumWithChange(measure, scale string) string {
	return withChange(overRange(measure, scale), overRangeBefore(measure, scale))
}

// audienceWithChange is how many viewers there were at a time.
func audienceWithChange() string {
	return withChange(
		overRange(viewer, "")+" / ("+overRange(ingest, "")+" > 0)",
		overRangeBefore(viewer, "")+" / ("+overRangeBefore(ingest, "")+" > 0)")
}

// byAge labels days by what count_values makes a label of: their age.
func byAge(measure, span, label, ages string) string {
	return fmt.Sprintf("%s * on (date) group_left (%s) %s", days(measure, span), label, ages)
}

// sumByAge adds up days of the same age.
func sumByAge(measure, span, label, ages, scale string) string {
	return fmt.Sprintf("sum by (%s) (%s)%s", label, byAge(measure, span, label, ages), scale)
}

// countByAge counts the days of the same age of which any app has a number.
func countByAge(measure, span, label, ages string) string {
	return fmt.Sprintf("count by (%s) (group by (%[1]s, date) (%s))", label, byAge(measure, span, label, ages))
}

// daysAgo is 0 for the range's last day, 1 for the day before, and 7 for the
// same weekday a week before.
func daysAgo() string {
	age := "floor((" + lastInstant + " - " + starts(days8) + ") / 86400)"
	return fmt.Sprintf("count_values by (date) (\"day\", %s >= 0 <= 1 or %[1]s == 7)", age)
}

// monthsAgo is 0 for days of the range's last month, and 1 for the month before.
func monthsAgo() string {
	month := func(of string) string { return fmt.Sprintf("(12 * year(%s) + month(%[1]s))", of) }
	begun := "(" + starts(months2) + " <= " + lastInstant + ")"
	return fmt.Sprintf("count_values by (date) (\"month\", scalar(%s) - %s <= 1)",
		month("vector("+lastInstant+")"), month(begun))
}

// notOver is there in the running day: no later date has begun.
func notOver() string {
	return "max(" + last(dateStart+targets, noSpan) + ") <= time()"
}

// recorded is one point per day from the recording rules. The windows end a
// second before midnight, where the day after would begin.
func recorded(record, scale string) string {
	return fmt.Sprintf(`max by (app) (last_over_time(%s{app=~"$app"}[86399s] offset -172799s)`+
		` or last_over_time(%s{app=~"$app"}[86399s] offset -86399s))%s`,
		fmt.Sprintf(record, "yesterday"), fmt.Sprintf(record, "today"), scale)
}
