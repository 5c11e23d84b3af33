package api_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
)

const (
	account = "023e105f4ecef8ad9ca31a8372d0c353"
	appID   = "5f0a7c1e-3b54-4d3e-9d3f-2a1b6c7d8e9f"
	token   = "canary-token"
)

// now is the moment at which all requests of these tests are made.
func now() time.Time { return time.Date(2024, 3, 1, 15, 4, 5, 0, time.UTC) }

func newAPI() *apitest.API {
	sim := apitest.New(now)
	sim.AddToken(token, account)
	sim.AddApp(account, appID)
	return sim
}

// fetch requests the last 5 days, among them a leap day.
func fetch(t *testing.T, h http.Handler, app api.App) (api.Livestreams, error) {
	t.Helper()
	server := httptest.NewServer(h)
	defer server.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	return api.New(server.URL+"/client/v4", server.Client().Transport).LivestreamDays(ctx, app, func() api.Window { return api.LastDays(5, now()) })
}

func theApp() api.App { return api.App{AccountID: account, ID: appID, Token: token} }

func date(day int) time.Time { return time.Date(2024, 2, day, 0, 0, 0, 0, time.UTC) }

func TestLivestreamDays_AllInOrder(t *testing.T) {
	sim := newAPI()
	got, err := fetch(t, sim, theApp())
	if err != nil {
		t.Fatal(err)
	}
	want := sim.Days(appID, date(26), now())
	if len(want) == 0 || len(got.Days) != len(want) {
		t.Fatalf("got %d days, want the %d of the API", len(got.Days), len(want))
	}
	for i, w := range want {
		g := got.Days[i]
		if g.Date.Format(time.DateOnly) != w.Date || g.Sessions != w.Sessions || g.IngestSeconds != float64(w.IngestSeconds) || g.ViewerSeconds != float64(w.ViewerSeconds) {
			t.Errorf("day %d: got %+v, want %+v", i, g, w)
		}
	}
}

func TestLivestreamDays_Request(t *testing.T) {
	t.Setenv("CLOUDFLARE_API_KEY", "another secret")
	t.Setenv("CLOUDFLARE_EMAIL", "someone@example.com")
	t.Setenv("CLOUDFLARE_CUSTOM_HEADERS", "X-Custom: yes")
	for filters, want := range map[string]url.Values{
		"":            {"start_time": {"1708905600"}, "end_time": {"1709305445"}},
		"a=b&c d=%2F": {"start_time": {"1708905600"}, "end_time": {"1709305445"}, "filters": {"a=b&c d=%2F"}},
	} {
		var got *http.Request
		app := theApp()
		app.Filters = filters
		_, err := fetch(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			got = r.Clone(r.Context())
			apitest.Body(`{"data":[],"success":true}`).ServeHTTP(w, r)
		}), app)
		if err != nil {
			t.Fatal(err)
		}
		if path := "/client/v4/accounts/" + account + "/realtime/kit/" + appID + "/analytics/livestreams/daywise"; got.URL.Path != path {
			t.Errorf("path: got %s, want %s", got.URL.Path, path)
		}
		if q := got.URL.Query(); q.Encode() != want.Encode() {
			t.Errorf("query: got %v, want %v", q, want)
		}
		if auth := got.Header.Get("Authorization"); auth != "Bearer "+token {
			t.Errorf("Authorization: got %q", auth)
		}
		for _, name := range []string{"X-Auth-Key", "X-Auth-Email", "X-Custom"} {
			if v := got.Header.Get(name); v != "" {
				t.Errorf("%s: got %q, want nothing from the environment", name, v)
			}
		}
	}
}

// rows returns a valid body with these rows.
func rows(rows ...string) http.Handler {
	return apitest.Body(`{"data":[` + strings.Join(rows, ",") + `],"success":true}`)
}

func TestLivestreamDays_DocumentedResponses(t *testing.T) {
	day := func(d int, sessions int64, ingest, viewers float64) api.LivestreamDay {
		return api.LivestreamDay{Date: date(d), Sessions: sessions, IngestSeconds: ingest, ViewerSeconds: viewers}
	}
	count := func(text string) http.Handler { return rows(`{"date":"2024-02-28","count":` + text + `}`) }
	for name, c := range map[string]struct {
		response http.Handler
		skipped  int
		want     []api.LivestreamDay
	}{
		"a day":                         {response: rows(`{"count":4,"date":"2024-02-28","total_ingest_seconds":531,"total_viewer_seconds":116}`), want: []api.LivestreamDay{day(28, 4, 531, 116)}},
		"no days":                       {response: rows()},
		"data null":                     {response: apitest.Body(`{"data":null,"success":true}`)},
		"data missing":                  {response: apitest.Body(`{"success":true}`)},
		"success missing":               {response: apitest.Body(`{"data":[{"date":"2024-02-28","count":1}]}`), want: []api.LivestreamDay{day(28, 1, 0, 0)}},
		"rows in any order":             {response: rows(`{"date":"2024-02-29","count":2}`, `{"date":"2024-02-28","count":1}`), want: []api.LivestreamDay{day(28, 1, 0, 0), day(29, 2, 0, 0)}},
		"a date-time":                   {response: rows(`{"date":"2024-02-28T00:00:00Z","count":1}`), want: []api.LivestreamDay{day(28, 1, 0, 0)}},
		"a date-time with milliseconds": {response: rows(`{"date":"2024-02-28T00:00:00.000Z","count":1}`), want: []api.LivestreamDay{day(28, 1, 0, 0)}},
		"a date-time at +00:00":         {response: rows(`{"date":"2024-02-28T00:00:00+00:00","count":1}`), want: []api.LivestreamDay{day(28, 1, 0, 0)}},
		"00:00 UTC in another zone":     {response: rows(`{"date":"2024-02-28T02:00:00+02:00","count":1}`), want: []api.LivestreamDay{day(28, 1, 0, 0)}},
		"date null":                     {response: rows(`{"date":null,"count":-1}`, `{"date":"2024-02-28","count":1}`), skipped: 1, want: []api.LivestreamDay{day(28, 1, 0, 0)}},
		"date missing":                  {response: rows(`{"count":1}`, `{}`), skipped: 2},
		"numbers as strings":            {response: rows(`{"date":"2024-02-28","count":"4","total_ingest_seconds":"531","total_viewer_seconds":"007"}`), want: []api.LivestreamDay{day(28, 4, 531, 7)}},
		"numbers missing":               {response: rows(`{"date":"2024-02-28"}`), want: []api.LivestreamDay{day(28, 0, 0, 0)}},
		"numbers null":                  {response: rows(`{"date":"2024-02-28","count":null,"total_ingest_seconds":null}`), want: []api.LivestreamDay{day(28, 0, 0, 0)}},
		"25419.0":                       {response: count("25419.0"), want: []api.LivestreamDay{day(28, 25419, 0, 0)}},
		"2.5e3":                         {response: count("2.5e3"), want: []api.LivestreamDay{day(28, 2500, 0, 0)}},
		"2.28E+09":                      {response: count("2.28E+09"), want: []api.LivestreamDay{day(28, 2_280_000_000, 0, 0)}},
		"2500e-2":                       {response: count("2500e-2"), want: []api.LivestreamDay{day(28, 25, 0, 0)}},
		"0.07e2":                        {response: count("0.07e2"), want: []api.LivestreamDay{day(28, 7, 0, 0)}},
		"100":                           {response: count("100"), want: []api.LivestreamDay{day(28, 100, 0, 0)}},
		"zeros with exponents":          {response: rows(`{"date":"2024-02-28","count":0e999999999999,"total_ingest_seconds":0.00e-999999999999}`), want: []api.LivestreamDay{day(28, 0, 0, 0)}},
		"seconds with fractions":        {response: rows(`{"date":"2024-02-28","total_ingest_seconds":24.4,"total_viewer_seconds":1234.5e-1}`), want: []api.LivestreamDay{day(28, 0, 24.4, 123.45)}},
		"the greatest number":           {response: count("9223372036854775807"), want: []api.LivestreamDay{day(28, 1<<63-1, 0, 0)}},
		"the greatest number, .0":       {response: count("9223372036854775807.0"), want: []api.LivestreamDay{day(28, 1<<63-1, 0, 0)}},
		"a date twice, equal":           {response: rows(`{"date":"2024-02-28","count":1}`, `{"date":"2024-02-28","count":"1"}`), want: []api.LivestreamDay{day(28, 1, 0, 0)}},
		"days outside the window":       {response: rows(`{"date":"2024-02-25","count":1}`, `{"date":"2024-02-26","count":2}`, `{"date":"2024-03-02","count":3}`), want: []api.LivestreamDay{day(26, 2, 0, 0)}},
		"the day of end_time":           {response: rows(`{"date":"2024-03-01","count":3}`), want: []api.LivestreamDay{day(30, 3, 0, 0)}},
		"unknown fields":                {response: apitest.Body(`{"data":[{"date":"2024-02-28","count":1,"Count":7,"peak":{"a":[1]}}],"success":true,"paging":{}}`), want: []api.LivestreamDay{day(28, 1, 0, 0)}},
		"another content type":          {response: apitest.Status(200, http.Header{"Content-Type": {"text/plain"}}, `{"data":[],"success":true}`)},
		"white space around it":         {response: apitest.Body("\r\n {\"data\":[ ] , \"success\" : true } \n")},
		"messages in addition to data":  {response: apitest.Body(`{"data":[],"success":true,"errors":[],"messages":["hello"]}`)},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := fetch(t, c.response, theApp())
			if err != nil {
				t.Fatal(err)
			}
			if fmt.Sprint(got.Days) != fmt.Sprint(c.want) || got.Skipped != c.skipped {
				t.Errorf("got %v and %d skipped, want %v and %d", got.Days, got.Skipped, c.want, c.skipped)
			}
		})
	}
}

func TestLivestreamDays_ServerTime(t *testing.T) {
	for date, want := range map[string]time.Time{
		"Fri, 01 Mar 2024 15:05:05 GMT": time.Date(2024, 3, 1, 15, 5, 5, 0, time.UTC),
		"tomorrow":                      {},
		"":                              {},
	} {
		header := http.Header{"Date": {date}}
		if date == "" {
			header["Date"] = nil // not sent
		}
		got, err := fetch(t, apitest.Status(200, header, `{"data":[],"success":true}`), theApp())
		if err != nil || !got.ServerTime.Equal(want) {
			t.Errorf("Date: %s: got %v, %v, want %v", date, got.ServerTime, err, want)
		}
	}
}

func TestSecret_IsNotPrinted(t *testing.T) {
	s := api.Secret(token)
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		if got := fmt.Sprintf(format, s) + fmt.Sprintf(format, theApp()) + fmt.Sprintf(format, &s); strings.Contains(got, token) || strings.Contains(got, fmt.Sprintf("%x", token)) {
			t.Errorf("%s: %s", format, got)
		}
	}
	if text, err := s.MarshalText(); err != nil || string(text) != "<secret>" || s.String() != "<secret>" {
		t.Errorf("got %s, %v", text, err)
	}
}

func reasonOf(err error) api.Reason {
	if e := (*api.Error)(nil); errors.As(err, &e) {
		return e.Reason
	}
	return ""
}
