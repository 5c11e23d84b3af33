package main

import "fmt"

// Matchers of the variables. The format regex escapes regular expressions, and
// within backquotes a name may contain a quote. Only metrics about an app have
// the label app.
const (
	targets  = "{job=~`${job:regex}`,instance=~`${instance:regex}`}"
	apps     = "{job=~`${job:regex}`,instance=~`${instance:regex}`,app=~`${app:regex}`}"
	recorded = "{app=~`${app:regex}`}" // series of the recording rules
)

const dateStart = "realtimekit_date_start_timestamp_seconds"

// reportOf are the matchers of a report of the apps.
func reportOf(name string) string {
	return "{job=~`${job:regex}`,instance=~`${instance:regex}`,app=~`${app:regex}`,report=\"" + name + "\"}"
}

// atEnd is the value at the end of the range, or else the last one in the range
// at a full hour. An instant query finds nothing at the end of a range that ends
// in the future.
func atEnd(vector string) string {
	return fmt.Sprintf("(%s or last_over_time(%[1]s[${__range_s}s:1h]))", vector)
}

// byDate is one value per app and date, however many replicas report it.
func byDate(selector string) string { return "max by (app, date) (" + selector + ")" }

// days is one row per app and day that begins in the range, with the label day
// as a time. It reads one sample per hour, whatever the scrape interval.
func days(measure, scale string) string {
	starts := atEnd("max by (date) (" + dateStart + targets + ")")
	return fmt.Sprintf(`label_replace(%s and on (date) (%s >= ${__from:date:seconds} < ${__to:date:seconds}), "day", "${1}T00:00:00Z", "date", "(.*)")%s`,
		atEnd(byDate(measure+apps)), starts, scale)
}

const day = 86400

// A period is a number of days, and how long ago they are compared with now.
type period struct{ from, to, ago int } // ages in days: from <= age < to

// total adds up the days of a period. A period of complete days has a value only
// if the window contains all of them.
func total(measure string, p period, scale string) string {
	offset, now := "", "time()"
	if p.ago > 0 {
		offset, now = fmt.Sprintf(" offset %dd", p.ago), fmt.Sprintf("time() - %d", p.ago*day)
	}
	starts := dateStart + targets + offset
	expr := fmt.Sprintf("sum(%s and on (date) (%s - max by (date) (%s) >= %d < %d))%s",
		byDate(measure+apps+offset), now, starts, p.from*day, p.to*day, scale)
	if p.from > 0 {
		expr += fmt.Sprintf(" and on () (%s - min(%s) >= %d)", now, starts, (p.to-1)*day)
	}
	return expr
}
