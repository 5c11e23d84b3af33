package faults

import (
	"strings"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness"
)

// dated is a response whose only row has this date, in JSON.
func dated(date string) string {
	return envelope(`{"count":5,"date":` + date + `,"total_ingest_seconds":6,"total_viewer_seconds":7}`)
}

// counted is a response whose only row, of today, has this count, in JSON.
func counted(count string) string {
	return envelope(`{"count":` + count + `,"date":"` + today() + `","total_ingest_seconds":6,"total_viewer_seconds":7}`)
}

func rowFaults() map[string]fault {
	const neither = "data[0]: date: found neither YYYY-MM-DD nor a date-time at 00:00 UTC"
	on := func(date string) apitest.Day {
		return apitest.Day{Date: date, Sessions: 5, IngestSeconds: 6, ViewerSeconds: 7}
	}
	outside := func(date string) string { return strings.Replace(row(today, 1, 2, 3), today(), date, 1) }
	return map[string]fault{
		"a row that is null":     bad(envelope(row(yesterday, 1, 2, 3), "null"), "data[1]: found null, not an object"),
		"a row that is a number": bad(envelope("1"), "data[0]: found a number, not an object"),
		"a row that is a string": bad(envelope(`"row"`), "data[0]: found a string, not an object"),

		"a date that is null":                 good(dated(`null`)),
		"a date that is missing":              good(envelope(`{"count":1}`)),
		"a date-time with an hour of 1 digit": bad(dated(`"`+yesterday()+`T0:00:00Z"`), neither),
		"a date-time with a comma":            bad(dated(`"`+yesterday()+`T00:00:00,0Z"`), neither),
		"a date that is a number":             bad(dated(`1700000000`), "data[0]: date: found a number, not a string"),
		"a date that does not exist":          bad(dated(`"2023-02-30"`), neither),
		"a date-time at 00:00 UTC":            good(dated(`"`+yesterday()+`T00:00:00.000Z"`), on(yesterday())),
		"a date-time at another hour":         bad(dated(`"`+yesterday()+`T12:00:00Z"`), neither),
		"a date-time at 00:00 elsewhere":      bad(dated(`"`+yesterday()+`T00:00:00+02:00"`), neither),
		"a date-time at 00:00 UTC, elsewhere": good(dated(`"`+yesterday()+`T02:00:00+02:00"`), on(yesterday())),

		"a date twice with equal rows": good(envelope(row(today, 5, 6, 7), row(today, 5, 6, 7)), on(today())),
		"a date twice with different rows": bad(envelope(row(today, 5, 6, 7), row(today, 5, 6, 8)),
			"data[1]: duplicate date "+today()+" with different numbers"),
		"a date twice in two spellings with different rows": bad(
			envelope(row(today, 5, 6, 7), row(func() string { return today() + "T00:00:00Z" }, 5, 6, 8)),
			"data[1]: duplicate date "+today()+" with different numbers"),

		"days outside the window": good(envelope(outside("1999-12-31"), row(yesterday, 5, 6, 7), outside(daysAgo(harness.WindowDays)), outside("2999-01-01")),
			on(yesterday())),
		"days outside the window, and no others": good(envelope(outside("1999-12-31"))),
		"a bad day outside the window": bad(envelope(row(today, 5, 6, 7), strings.Replace(outside("1999-12-31"), `"count":1`, `"count":-1`, 1)),
			"data[1]: count: found a number that is not an unsigned number"),
		"unknown fields": good(`{"success":true,"x":null,"data":[{"x":[{}],"count":5,"date":"`+today()+
			`","total_ingest_seconds":6,"total_viewer_seconds":7,"COUNT":9}],"messages":[]}`, on(today())),
	}
}

func numberFaults() map[string]fault {
	const (
		notWhole = "data[0]: count: found a number that is not whole"
		noNumber = "data[0]: count: found a number that is not an unsigned number"
		noDigits = "data[0]: count: found a string that is not a string of digits"
		tooGreat = "data[0]: count: the number is greater than 2^63-1"
	)
	with := func(count int64) apitest.Day {
		return apitest.Day{Date: today(), Sessions: count, IngestSeconds: 6, ViewerSeconds: 7}
	}
	strung := envelope(`{"count":"5","date":"` + today() + `","total_ingest_seconds":"6","total_viewer_seconds":"7"}`)
	return map[string]fault{
		"numbers as strings":             good(strung, with(5)),
		"numbers that are missing":       good(envelope(`{"date":"`+today()+`"}`), apitest.Day{Date: today()}),
		"a number that is 0":             good(counted("0"), with(0)),
		"a number that is 2^63-1":        good(counted("9223372036854775807"), with(1<<63-1)),
		"a number above 2^63-1":          bad(counted("9223372036854775808"), tooGreat),
		"a number as string above that":  bad(counted(`"9223372036854775808"`), tooGreat),
		"a number 25419.0":               good(counted("25419.0"), with(25419)),
		"a number 2.5e3":                 good(counted("2.5e3"), with(2500)),
		"a number 1.5":                   bad(counted("1.5"), notWhole),
		"a number 1e300":                 bad(counted("1e300"), tooGreat),
		"a number that is negative":      bad(counted("-1"), noNumber),
		"a number that is null":          good(counted("null"), with(0)),
		"a number that is a boolean":     bad(counted("true"), "data[0]: count: found a boolean"),
		"a number that is an object":     bad(counted("{}"), "data[0]: count: found an object"),
		"a number that is NaN as string": bad(counted(`"NaN"`), noDigits),
		"a number that is NaN":           bad(counted("NaN"), "the text is not JSON, or truncated"),
		"a number with a leading sign":   bad(counted(`"+1"`), noDigits),
		"a number that is empty text":    bad(counted(`""`), noDigits),
	}
}
