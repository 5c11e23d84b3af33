package apitest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
)

const appsURL = "https://api.example/client/v4/accounts/" + account + "/realtime/kit/apps"

// list is a page of the list of apps.
type list struct {
	Data []struct {
		CreatedAt time.Time `json:"created_at"`
		ID, Name  string
	}
	Paging  map[string]int
	Success bool
}

func getApps(t *testing.T, a *apitest.API, query string) (l list) {
	t.Helper()
	r := get(t, a, appsURL+query, nil)
	if err := json.Unmarshal([]byte(r.Body), &l); err != nil || r.StatusCode != http.StatusOK || !l.Success {
		t.Fatalf("%s: status %d, %v: %s", query, r.StatusCode, err, r.Body)
	}
	return l
}

func TestApps_Pages(t *testing.T) {
	a := apitest.New(at(noon()))
	a.AddToken(token, account)
	for i := range 30 {
		id := fmt.Sprintf("app-%02d", i)
		a.AddApp(account, id)
		a.NameApp(id, "App", noon().Add(time.Duration(i)*time.Hour))
	}
	a.AddApp("another-account", "another-app")
	for query, want := range map[string]struct {
		apps, start, end int
		first            string
	}{
		"":                            {20, 1, 20, "app-29"},
		"?page_no=2":                  {10, 21, 30, "app-09"},
		"?page_no=3":                  {0, 30, 30, ""},
		"?sort_order=ASC&per_page=7":  {7, 1, 7, "app-00"},
		"?sort_order=ASC&page_no=2":   {10, 21, 30, "app-20"},
		"?sort_order=ASC&per_page=99": {30, 1, 30, "app-00"},
	} {
		l, first := getApps(t, a, query), ""
		if len(l.Data) > 0 {
			first = l.Data[0].ID
		}
		if len(l.Data) != want.apps || first != want.first || l.Paging["start_offset"] != want.start || l.Paging["end_offset"] != want.end || l.Paging["total_count"] != 30 {
			t.Errorf("%s: got %+v, want %+v", query, l, want)
		}
	}
	for _, query := range []string{"?page_no=0", "?page_no=x", "?per_page=-1", "?sort_order=DSC", "?%zz"} {
		if r := get(t, a, appsURL+query, nil); r.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: status %d, want 400", query, r.StatusCode)
		}
	}
}

func TestApps_NameAndRemove(t *testing.T) {
	a := newAPI(at(noon()))
	if l := getApps(t, a, ""); len(l.Data) != 1 || l.Data[0].ID != app || l.Data[0].Name != app || !l.Data[0].CreatedAt.Equal(noon()) {
		t.Errorf("got %+v", l)
	}
	a.NameApp(app, "", noon().AddDate(-1, 0, 0))
	if l := getApps(t, a, ""); l.Data[0].Name != "" || !l.Data[0].CreatedAt.Equal(noon().AddDate(-1, 0, 0)) {
		t.Errorf("got %+v", l)
	}
	a.RemoveApp(account, app)
	if l := getApps(t, a, ""); len(l.Data) != 0 || l.Paging["total_count"] != 0 {
		t.Errorf("got %+v", l)
	}
	if r := get(t, a, address(account, app, ""), nil); r.StatusCode != http.StatusNotFound {
		t.Errorf("the removed app responds with %d", r.StatusCode)
	}
}

func TestOverrideApps(t *testing.T) {
	a := newAPI(at(noon()))
	a.OverrideApps(account, apitest.Status(500, nil, ""))
	if r := get(t, a, appsURL, nil); r.StatusCode != 500 {
		t.Errorf("got %d, want 500", r.StatusCode)
	}
	if r := get(t, a, address(account, app, ""), nil); r.StatusCode != 200 {
		t.Errorf("the days of an app: got %d, want 200", r.StatusCode)
	}
	a.OverrideApps(account, nil)
	getApps(t, a, "")
	if log := a.Requests(); len(log) != 3 || log[2].AccountID != account || log[2].AppID != "" {
		t.Errorf("the log is %+v", log)
	}
}
