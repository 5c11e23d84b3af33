package faults

import (
	"strings"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness"
)

// dated is an answer whose one row has this for a date, in JSON.
func dated(date string) string {
	return answer(`{"count":5,"date":` + date + `,"total_ingest_seconds":6,"total_viewer_seconds":7}`)
}

// counted is an answer whose one row, of today, has this for a count, in JSON.
func counted(count string) string {
	return answer(`{"count":` + count + `,"date":"` + today() + `","total_ingest_seconds":6,"total_viewer_seconds":7}`)
}

func rowFaults() map[string]fault {
	const neither = "data[0]: date: found neither YYYY-MM-DD nor a date-time at 00:00 UTC"
	on := func(date string) apitest.Day {
		return apitest.Day{Date: date, Sessions: 5, IngestSeconds: 6, ViewerSeconds: 7}
	}
	outside := func(date string) string { return strings.Replace(row(today, 1, 2, 3), today(), date, 1) }
	return map[string]fault{
		"a row that is null":     bad(answer(row(yesterday, 1, 2, 3), "null"), "data[1]: found null, not an object"),
		"a row that is a number": bad(answer("1"), "data[0]: found a number, not an object"),
		"a row that is a string": bad(answer(`"row"`), "data[0]: found a string, not an object"),

		"a date that is null":                 bad(dated(`null`), "data[0]: date: found null, not a string"),
		"a date that is missing":              bad(answer(`{"count":1}`), "data[0]: date: found nothing, not a string"),
		"a date that is a number":             bad(dated(`1700000000`), "data[0]: date: found a number, not a string"),
		"a date that does not exist":          bad(dated(`"2023-02-30"`), neither),
		"a date-time at 00:00 UTC":            good(dated(`"`+yesterday()+`T00:00:00.000Z"`), on(yesterday())),
		"a date-time at another hour":         bad(dated(`"`+yesterday()+`T12:00:00Z"`), neither),
		"a date-time at 00:00 elsewhere":      bad(dated(`"`+yesterday()+`T00:00:00+02:00"`), neither),
		"a date-time at 00:00 UTC, elsewhere": good(dated(`"`+yesterday()+`T02:00:00+02:00"`), on(yesterday())),

		"a date twice with equal rows": good(answer(row(today, 5, 6, 7), row(today, 5, 6, 7)), on(today())),
		"a date twice with different rows": bad(answer(row(today, 5, 6, 7), row(today, 5, 6, 8)),
			"data[1]: "+today()+" stands twice, with different numbers"),
		"a date twice in two spellings with different rows": bad(
			answer(row(today, 5, 6, 7), row(func() string { return today() + "T00:00:00Z" }, 5, 6, 8)),
			"data[1]: "+today()+" stands twice, with different numbers"),

		"days outside the window": good(answer(outside("1999-12-31"), row(yesterday, 5, 6, 7), outside(daysAgo(harness.WindowDays)), outside("2999-01-01")),
			on(yesterday())),
		"days outside the window, and no others": good(answer(outside("1999-12-31"))),
		"a bad day outside the window": bad(answer(row(today, 5, 6, 7), strings.Replace(outside("1999-12-31"), `"count":1`, `"count":-1`, 1)),
			"data[1]: count: found a number that is not a whole number of digits"),
		"unknown fields": good(`{"success":true,"x":null,"data":[{"x":[{}],"count":5,"date":"`+today()+
			`","total_ingest_seconds":6,"total_viewer_seconds":7,"COUNT":9}],"messages":[]}`, on(today())),
	}
}

func numberFaults() map[string]fault {
	const (
		notWhole = "data[0]: count: found a number that is not a whole number of digits"
		noDigits = "data[0]: count: found a string that is not a whole number of digits"
		tooGreat = "data[0]: count: the number is greater than 2^63-1"
	)
	with := func(count int64) apitest.Day {
		return apitest.Day{Date: today(), Sessions: count, IngestSeconds: 6, ViewerSeconds: 7}
	}
	strung := answer(`{"count":"5","date":"` + today() + `","total_ingest_seconds":"6","total_viewer_seconds":"7"}`)
	return map[string]fault{
		"numbers as strings":             good(strung, with(5)),
		"numbers that are missing":       good(answer(`{"date":"`+today()+`"}`), apitest.Day{Date: today()}),
		"a number that is 0":             good(counted("0"), with(0)),
		"a number that is 2^63-1":        good(counted("9223372036854775807"), with(1<<63-1)),
		"a number above 2^63-1":          bad(counted("9223372036854775808"), tooGreat),
		"a number as string above that":  bad(counted(`"9223372036854775808"`), tooGreat),
		"a number 1.0":                   bad(counted("1.0"), notWhole),
		"a number 1e2":                   bad(counted("1e2"), notWhole),
		"a number 1e300":                 bad(counted("1e300"), notWhole),
		"a number that is negative":      bad(counted("-1"), notWhole),
		"a number that is null":          bad(counted("null"), "data[0]: count: found null"),
		"a number that is a boolean":     bad(counted("true"), "data[0]: count: found a boolean"),
		"a number that is an object":     bad(counted("{}"), "data[0]: count: found an object"),
		"a number that is NaN as string": bad(counted(`"NaN"`), noDigits),
		"a number that is NaN":           bad(counted("NaN"), "the text is not JSON, or cut short"),
		"a number with a leading sign":   bad(counted(`"+1"`), noDigits),
		"a number that is empty text":    bad(counted(`""`), noDigits),
	}
}
