package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
)

// always is an API that sends the same response to every request.
type always struct {
	status int
	body   []byte
}

// RoundTrip implements [http.RoundTripper].
func (a always) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{
		Status: http.StatusText(a.status), StatusCode: a.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"application/json"}}, Request: r,
		ContentLength: int64(len(a.body)), Body: io.NopCloser(bytes.NewReader(a.body)),
	}, nil
}

// FuzzLivestreamDays checks that any response becomes either an error with a reason
// and a short text, or days of the window, each once, in order, and with no number
// that the response does not hold.
func FuzzLivestreamDays(f *testing.F) {
	for _, body := range []string{
		`{"data":[{"count":4,"date":"2024-02-28","total_ingest_seconds":531,"total_viewer_seconds":116}],"success":true}`,
		`{"data":[{"count":"4","date":"2024-02-29T00:00:00.000Z","total_ingest_seconds":"007"},{"date":"2024-02-29","count":4,"total_ingest_seconds":7}],"success":true}`,
		`{"data":[{"date":"2024-03-01","count":9223372036854775807},{"date":"2024-02-25"},{"date":"2024-02-26","x":[{}]}],"success":true,"paging":null}`,
		`{"data":[{"date":"2024-02-28","count":-1}],"success":true}`,
		`{"data":[],"success":true}`,
		`{"data":[null],"success":true}`,
		`{"data":[{"date":null,"count":1e300}],"success":true}`,
		`{"data":[{"date":"2023-02-30","count":-1}],"success":true}`,
		`{"data":{},"success":"true"}`,
		`{"success":false,"errors":[{"code":7003,"message":"canary-token at 203.0.113.7"}],"error":{"code":404,"message":"x"},"message":"Unauthorized"}`,
		`[[[[[[[[`, `null`, ``, "\ufeff{}", "{\"data\":[{\"date\":\"\xff\"}],\"success\":true}",
		`{"data":[{"date":"2024-02-28","count":1,"count":2}],"success":true}`,
		`{"data":[{"date":"2024-02-28","count":2.5e3,"total_ingest_seconds":24.4,"total_viewer_seconds":0.07e2}]}`,
		`{"errors":[{"code":9109,"message":"Y2FuYXJ5LXRva2Vu %63anary\\u002dtoken &#99;anary c-a-n-a-r-y-t-o-k-e-n"}]}`,
	} {
		f.Add(0, []byte(body))
		f.Add(http.StatusBadRequest, []byte(body))
	}
	f.Add(http.StatusTooManyRequests, []byte(strings.Repeat("slow down ", 100)))
	f.Add(http.StatusForbidden, []byte("Bearer canary-token stream_key=abcdef from 2001:db8::1\r\n\x1b[31m"))
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		if status < 200 || status > 999 { // not a response; and most that decodes is in a 200
			status = http.StatusOK
		}
		window := api.LastDays(5, now())
		got, err := api.New("https://api.example/client/v4", always{status, body}).
			LivestreamDays(context.Background(), theApp(), func() api.Window { return window })
		if err != nil {
			if got.Days != nil || got.Skipped != 0 {
				t.Errorf("days in addition to an error: %v", got)
			}
			checkFailure(t, err)
			return
		}
		if status != http.StatusOK {
			t.Errorf("a response with status %d is accepted", status)
		}
		checkDays(t, got.Days, window, body)
	})
}

func checkFailure(t *testing.T, err error) {
	t.Helper()
	e := (*api.Error)(nil)
	if !errors.As(err, &e) || !slices.Contains(api.Reasons(), e.Reason) {
		t.Fatalf("without a reason: %v", err)
	}
	text := err.Error()
	if n := utf8.RuneCountInString(text); n == 0 || n > 400 || !utf8.ValidString(text) {
		t.Errorf("a sentence of %d characters: %q", n, text)
	}
	if strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) || strings.Contains(text, token) {
		t.Errorf("not fit for a log: %q", text)
	}
}

func checkDays(t *testing.T, days []api.LivestreamDay, w api.Window, body []byte) {
	t.Helper()
	var response struct{ Data []map[string]any }
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	if err := dec.Decode(&response); err != nil {
		t.Fatalf("accepted, but not valid: %v", err)
	}
	for i, d := range days {
		if d.Date.Before(w.Start) || d.Date.After(w.End) || !d.Date.Equal(api.Day(d.Date)) {
			t.Errorf("%v is no day of the window", d.Date)
		}
		if i > 0 && !days[i-1].Date.Before(d.Date) {
			t.Errorf("%v follows %v", d.Date, days[i-1].Date)
		}
		if d.Sessions < 0 || d.IngestSeconds < 0 || d.ViewerSeconds < 0 {
			t.Errorf("less than nothing: %+v", d)
		}
		if !slices.ContainsFunc(response.Data, func(row map[string]any) bool { return holds(row, d) }) {
			t.Errorf("%+v is in no row of %s", d, body)
		}
	}
}

// holds reports whether a row of a response has the numbers of a day. Unlike the
// code that it checks, it compares text.
func holds(row map[string]any, d api.LivestreamDay) bool {
	date, _ := row["date"].(string)
	if at, err := time.Parse(time.RFC3339, date); err == nil {
		date = at.UTC().Format(time.DateOnly)
	}
	for key, n := range map[string]float64{"count": float64(d.Sessions), "total_ingest_seconds": d.IngestSeconds, "total_viewer_seconds": d.ViewerSeconds} {
		text := "0"
		switch v := row[key].(type) {
		case json.Number:
			text = v.String()
		case string:
			text = v
		}
		if want, err := strconv.ParseFloat(text, 64); err != nil || n != want {
			return false
		}
	}
	return date == d.Date.Format(time.DateOnly)
}
