package apitest_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
)

const (
	account = "023e105f4ecef8ad9ca31a8372d0c353"
	app     = "main-stage"
	token   = "a-token"
)

func noon() time.Time { return time.Date(2026, time.March, 18, 12, 0, 0, 0, time.UTC) }

func at(t time.Time) func() time.Time { return func() time.Time { return t } }

// newAPI returns an API with a token, its account and a seeded app.
func newAPI(now func() time.Time) *apitest.API {
	a := apitest.New(now)
	a.AddToken(token, account)
	a.AddApp(account, app)
	return a
}

func address(accountID, appID, query string) string {
	return fmt.Sprintf("https://api.example/client/v4/accounts/%s/realtime/kit/%s/analytics/livestreams/daywise?%s", accountID, appID, query)
}

// A reply is a response whose body has been read.
type reply struct {
	StatusCode int
	Header     http.Header
	Body       string
}

func request(t *testing.T, url string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	return req
}

// do returns the first error of a request or of reading its body, and what came
// before it.
func do(hc *http.Client, req *http.Request) (reply, error) {
	resp, err := hc.Do(req)
	if err != nil {
		return reply{}, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return reply{resp.StatusCode, resp.Header, string(b)}, err
}

func get(t *testing.T, a *apitest.API, url string, edit func(*http.Request)) reply {
	t.Helper()
	req := request(t, url)
	if edit != nil {
		edit(req)
	}
	r, err := do(a.Client(), req)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func rows(t *testing.T, body string) []apitest.Day {
	t.Helper()
	var response struct {
		Data []struct {
			Count  int64  `json:"count"`
			Date   string `json:"date"`
			Ingest int64  `json:"total_ingest_seconds"`
			Viewer int64  `json:"total_viewer_seconds"`
		} `json:"data"`
		Success bool `json:"success"`
	}
	if err := json.Unmarshal([]byte(body), &response); err != nil || !response.Success {
		t.Fatalf("not a valid response: %v: %s", err, body)
	}
	var days []apitest.Day
	for _, r := range response.Data {
		days = append(days, apitest.Day{Date: r.Date, Sessions: r.Count, IngestSeconds: r.Ingest, ViewerSeconds: r.Viewer})
	}
	return days
}

func byDate(x, y apitest.Day) int { return cmp.Compare(x.Date, y.Date) }

func TestLivestreams_ResponseAsDocumented(t *testing.T) {
	a := newAPI(at(noon()))
	a.AddEmptyApp(account, "empty")
	a.SetDay("empty", apitest.Day{Date: "2026-03-17", Sessions: 4, IngestSeconds: 531, ViewerSeconds: 116})
	r := get(t, a, address(account, "empty", ""), nil)
	const want = `{"data":[{"count":4,"date":"2026-03-17","total_ingest_seconds":531,"total_viewer_seconds":116}],"success":true}`
	if r.Body != want {
		t.Errorf("got  %s\nwant %s", r.Body, want)
	}
	for name, want := range map[string]string{
		"Content-Type":     "application/json",
		"Date":             "Wed, 18 Mar 2026 12:00:00 GMT", // by the API's clock
		"Ratelimit":        `"default";r=1199;t=300`,
		"Ratelimit-Policy": `"default";q=1200;w=300`,
	} {
		if got := r.Header.Get(name); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
}

func TestLivestreams_NoRowsIsAnEmptyList(t *testing.T) {
	a := newAPI(at(noon()))
	a.AddEmptyApp(account, "empty")
	if r := get(t, a, address(account, "empty", ""), nil); r.Body != `{"data":[],"success":true}` {
		t.Error(r.Body)
	}
}

func TestLivestreams_DaysAreUnordered(t *testing.T) {
	a := newAPI(at(noon()))
	start, end := noon().AddDate(0, 0, -34), noon()
	u := address(account, app, fmt.Sprintf("start_time=%d&end_time=%d", start.Unix(), end.Unix()))
	body := get(t, a, u, nil).Body
	if again := get(t, a, u, nil).Body; again != body {
		t.Error("two responses to the same request differ")
	}
	got := rows(t, body)
	if slices.IsSortedFunc(got, byDate) {
		t.Error("the rows are in order of date")
	}
	slices.SortFunc(got, byDate)
	if want := a.Days(app, start, end); !slices.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

func TestLivestreams_DefaultIsThirtyDays(t *testing.T) {
	a := newAPI(at(noon()))
	got := rows(t, get(t, a, address(account, app, ""), nil).Body)
	slices.SortFunc(got, byDate)
	if want := a.Days(app, noon().AddDate(0, 0, -30), noon()); !slices.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

func TestServer_ConcurrentUse(t *testing.T) {
	a := newAPI(at(noon()))
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			a.AddToken(token, account)
			a.SetDay(app, apitest.Day{Date: "2026-03-01", Sessions: int64(i)})
			a.Override(fmt.Sprint(i), apitest.Reset())
			if _, err := do(a.Client(), request(t, address(account, app, ""))); err != nil {
				t.Error(err)
			}
			a.Days(app, noon(), noon())
			a.Requests()
		})
	}
	wg.Wait()
	if n := len(a.Requests()); n != 20 {
		t.Error(n, "requests logged")
	}
}
