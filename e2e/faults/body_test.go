package faults

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness"
)

const misread = "malformed response for app {app}, not used: "

// today is the current day in the format of the API. It is read while tests are set
// up, and those keep clear of midnight.
func today() string { return daysAgo(0) }

func yesterday() string { return daysAgo(1) }

func daysAgo(n int) string { return time.Now().UTC().AddDate(0, 0, -n).Format(time.DateOnly) }

// envelope returns a successful response with these rows.
func envelope(rows ...string) string {
	return `{"success":true,"data":[` + strings.Join(rows, ",") + `]}`
}

// row returns a valid row.
func row(date func() string, count, ingest, viewer int64) string {
	return fmt.Sprintf(`{"count":%d,"date":%q,"total_ingest_seconds":%d,"total_viewer_seconds":%d}`, count, date(), ingest, viewer)
}

// bad is a 200 with a body that is not the documented response.
func bad(body, text string) fault {
	return fault{response: apitest.Body(body), reason: "malformed", text: misread + text}
}

// good is a 200 with a body that has these days, the earliest first, and
// zeros for missing ones until today.
func good(body string, days ...apitest.Day) fault {
	return fault{response: apitest.Body(body), days: func(a *harness.Account) []apitest.Day { return a.Fill(days) }}
}

func envelopeFaults() map[string]fault {
	failed := func(body, words string) fault {
		return fault{response: apitest.Body(body), reason: "api_error", text: `the API reported success: false (HTTP 200` + words + `)`}
	}
	gzipped := http.Header{"Content-Encoding": {"gzip"}}
	whole := envelope(row(today, 1, 2, 3))
	return map[string]fault{
		"a 200 with HTML":                       bad("<html><body>Sign in</body></html>", "found HTML or XML, not an object"),
		"a 200 with an empty body":              bad("", "found nothing, not an object"),
		"a 200 with null":                       bad("null", "found null, not an object"),
		"a 200 with an empty object":            bad("{}", "success is missing"),
		"a 200 with an empty array":             bad("[]", "found an array, not an object"),
		"a 200 with truncated JSON":             bad(whole[:len(whole)-3], "the text is not JSON, or truncated"),
		"a 200 with trailing garbage":           bad(whole+"garbage", "the text is not JSON, or truncated"),
		"a 200 with two responses":              bad(whole+whole, "the text is not JSON, or truncated"),
		"success false in Cloudflare's format":  failed(harness.ErrorBody(7000, "No route"), `: \"No route\"`),
		"success false in RealtimeKit's format": failed(`{"success":false,"error":{"code":500,"message":"Oops"}}`, `: \"Oops\"`),
		"success false beside good data":        failed(strings.Replace(whole, "true", "false", 1), ""),
		"success that is missing":               good(strings.Replace(whole, `"success":true,`, "", 1), apitest.Day{Date: today(), Sessions: 1, IngestSeconds: 2, ViewerSeconds: 3}),
		"success that is a string":              bad(strings.Replace(whole, "true", `"true"`, 1), "success is a string, not a boolean"),
		"success that is null":                  bad(strings.Replace(whole, "true", "null", 1), "success is null, not a boolean"),
		"data that is missing":                  good(`{"success":true}`),
		"data that is null":                     good(`{"success":true,"data":null}`),
		"data that is an object":                bad(`{"success":true,"data":{}}`, "data: found an object, not an array"),
		"data that is a string":                 bad(`{"success":true,"data":"[]"}`, "data: found a string, not an array"),
		"data twice":                            bad(`{"success":true,"data":[],"data":[]}`, "duplicate key"),
		"data that is empty":                    good(envelope()),
		"invalid UTF-8":                         bad(strings.Replace(whole, "count", "c\xffunt", 1), "the text is not UTF-8"),
		"deep nesting in place of rows":         bad(envelope(strings.Repeat("[", 100_000)), "the text is not JSON, or truncated"),
		"deep nesting in an unknown field": bad(`{"x":`+strings.Repeat("[", 100_000)+strings.Repeat("]", 100_000)+`,`+whole[1:],
			"the text is not JSON, or truncated"),
		"a body that is not gzip as announced": {
			response: apitest.Status(200, gzipped, whole), reason: "malformed", text: misread,
		},
	}
}

// gzipBomb responds with size blanks instead of rows. A block of them is compressed once
// and repeated, because gzip files can be concatenated.
func gzipBomb(size int) http.Handler {
	const unit = 1 << 20
	pack := func(plain string) []byte {
		var b bytes.Buffer
		gz := gzip.NewWriter(&b)
		_, _ = gz.Write([]byte(plain)) // a buffer takes all
		_ = gz.Close()
		return b.Bytes()
	}
	head, blanks, tail := pack(`{"success":true,"data":[`), pack(strings.Repeat(" ", unit)), pack("]}")
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(head)
		for range size / unit {
			if _, err := w.Write(blanks); err != nil {
				panic(http.ErrAbortHandler)
			}
		}
		_, _ = w.Write(tail)
	})
}

func sizeFaults() map[string]fault {
	tooLarge := func(h http.Handler) fault {
		return fault{response: h, reason: "malformed", text: misread + "the body is larger than 1048576 bytes"}
	}
	var years []string
	for n := range 11_000 {
		years = append(years, row(func() string { return daysAgo(n) }, 1, 1, 1))
	}
	var days []apitest.Day
	for n := harness.WindowDays - 1; n >= 0; n-- {
		days = append(days, apitest.Day{Date: daysAgo(n), Sessions: 1, IngestSeconds: 1, ViewerSeconds: 1})
	}
	return map[string]fault{
		"100,000 rows":                   tooLarge(apitest.Body(envelope(strings.Repeat(row(today, 1, 2, 3)+",", 99_999) + row(today, 1, 2, 3)))),
		"a body of 4 GB":                 tooLarge(apitest.Endless(4 << 30)),
		"a gzip bomb of 4 GB":            tooLarge(gzipBomb(4 << 30)),
		"a row for each day of 30 years": good(envelope(years...), days...),
		"an error with a body that never ends": {
			response: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(http.StatusInternalServerError)
				for chunk := bytes.Repeat([]byte("sorry "), 10_000); ; {
					if _, err := w.Write(chunk); err != nil {
						panic(http.ErrAbortHandler)
					}
				}
			}),
			reason: "server", text: "the API failed: wait, and check Cloudflare's status page if it persists (HTTP 500)",
		},
	}
}
