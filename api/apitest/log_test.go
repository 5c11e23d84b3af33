package apitest_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
)

func TestLog_RequestsAndResponses(t *testing.T) {
	a := newAPI(at(noon()))
	get(t, a, address(account, app, "filters=x&end_time=5"), nil)
	get(t, a, address("nobody", app, ""), nil)
	a.Override(app, apitest.Status(http.StatusTeapot, nil, ""))
	get(t, a, address(account, app, ""), func(r *http.Request) { r.Header.Del("Authorization") })
	a.Override(app, nil)
	get(t, a, "https://api.example/zones", nil)

	want := []apitest.Request{
		{Token: token, AccountID: account, AppID: app, Endpoint: apitest.LivestreamDays, Status: 200},
		{Token: token, AccountID: "nobody", AppID: app, Endpoint: apitest.LivestreamDays, Status: 403},
		{AccountID: account, AppID: app, Endpoint: apitest.LivestreamDays, Status: 418},
		{Token: token, Status: 404},
	}
	got := a.Requests()
	if len(got) != len(want) {
		t.Fatalf("got %d requests: %v", len(got), got)
	}
	if q := got[0].Query; q.Encode() != (url.Values{"filters": {"x"}, "end_time": {"5"}}).Encode() {
		t.Error("query", q)
	}
	for i, g := range got {
		if !g.Time.Equal(noon()) {
			t.Error(i, "logged at", g.Time)
		}
		if g.UserAgent != "Go-http-client/1.1" {
			t.Errorf("request %d: User-Agent %q", i, g.UserAgent)
		}
		g.Time, g.Query, g.UserAgent = time.Time{}, nil, ""
		if fmt.Sprint(g) != fmt.Sprint(want[i]) {
			t.Errorf("request %d: got %v, want %v", i, g, want[i])
		}
	}
	if a.ResetRequests(); len(a.Requests()) != 0 {
		t.Error("the log is not empty")
	}
}

func TestLog_KeepsTheLatest(t *testing.T) {
	a := apitest.New(at(noon()))
	for i := range 10_003 {
		a.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodGet, fmt.Sprintf("/?n=%d", i), nil))
	}
	if got := a.Requests(); len(got) != 10_000 || got[0].Query.Get("n") != "3" {
		t.Errorf("%d requests, the first of them %v", len(got), got[0])
	}
}
