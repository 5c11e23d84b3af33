package api_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
)

// listApps requests the list of the account's apps.
func listApps(t *testing.T, h http.Handler) ([]api.ListedApp, error) {
	t.Helper()
	server := httptest.NewServer(h)
	defer server.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	return api.New(server.URL+"/client/v4", server.Client().Transport).Apps(ctx, api.App{AccountID: account, Token: token})
}

// newList returns an API with a number of apps, created at intervals of a minute.
func newList(apps int) *apitest.API {
	sim := apitest.New(now)
	sim.AddToken(token, account)
	for i := range apps {
		id := fmt.Sprintf("app-%04d", apps-i) // in another order than they were created
		sim.AddEmptyApp(account, id)
		sim.NameApp(id, "App", now().Add(time.Duration(i)*time.Minute))
	}
	return sim
}

func TestApps_Request(t *testing.T) {
	var got *http.Request
	_, err := listApps(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r.Clone(r.Context())
		apitest.Body(`{"data":[],"success":true}`).ServeHTTP(w, r)
	}))
	if err != nil {
		t.Fatal(err)
	}
	const want = "/client/v4/accounts/" + account + "/realtime/kit/apps?page_no=1&per_page=100&sort_order=ASC"
	if got.URL.String() != want {
		t.Errorf("got %s, want %s", got.URL, want)
	}
	if auth := got.Header.Get("Authorization"); auth != "Bearer "+token {
		t.Errorf("Authorization: got %q", auth)
	}
}

// Every list is complete, or an error.
func TestApps_Paging(t *testing.T) {
	for _, c := range []struct {
		apps     int
		paging   apitest.Paging
		requests int
		err      string
	}{
		{apps: 0, requests: 1},
		{apps: 1, requests: 1},
		{apps: 100, requests: 1},
		{apps: 101, requests: 2},
		{apps: 250, requests: 3},
		{apps: 250, paging: apitest.PagingCapped, requests: 13},
		{apps: 0, paging: apitest.PagingMissing, requests: 1},
		{apps: 100, paging: apitest.PagingMissing, requests: 2},
		{apps: 250, paging: apitest.PagingMissing, requests: 4}, // a short page may be a capped one
		{apps: 0, paging: apitest.PagingIgnored, requests: 1},
		{apps: 250, paging: apitest.PagingIgnored, requests: 2},
		{apps: 250, paging: apitest.PagingRepeated, requests: 3},
		{apps: 100, paging: apitest.PagingTruncated, requests: 1},
		{apps: 250, paging: apitest.PagingTruncated, requests: 2, err: "page 2: paging.total_count is 250, but the list ends after 100 apps"},
		{apps: 250, paging: apitest.PagingShrinking, requests: 2, err: "page 2: paging.total_count fell from 250 to 249: the list changed while it was read"},
		{apps: 250, paging: apitest.PagingEndless, requests: 100, err: "page 100: the list has more than 10000 apps"},
		{apps: 2001, paging: apitest.PagingCapped, requests: 100, err: "the list of apps is not complete after 100 pages"},
	} {
		t.Run(fmt.Sprintf("%d apps, paging %q", c.apps, c.paging), func(t *testing.T) {
			sim := newList(c.apps)
			sim.SetPaging(c.paging)
			got, err := listApps(t, sim)
			if n := len(sim.Requests()); n != c.requests {
				t.Errorf("%d requests, want %d", n, c.requests)
			}
			if c.err != "" {
				if want := "malformed response for account " + account + ", not used: " + c.err; got != nil || reasonOf(err) != api.ReasonMalformed || err.Error() != want {
					t.Errorf("got %d apps, %v, want %s", len(got), err, want)
				}
				return
			}
			if err != nil || len(got) != c.apps {
				t.Fatalf("got %d apps, %v, want %d", len(got), err, c.apps)
			}
			for i, app := range got {
				if want := fmt.Sprintf("app-%04d", c.apps-i); app.ID != want {
					t.Fatalf("app %d is %s, want %s: the oldest first", i, app.ID, want)
				}
			}
		})
	}
}

// pages responds with one page after the other, and the last one again.
func pages(bodies ...string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var n int
		_, _ = fmt.Sscan(r.URL.Query().Get("page_no"), &n)
		apitest.Body(bodies[min(n, len(bodies))-1]).ServeHTTP(w, r)
	})
}

// page is a page with these apps; a total below 0 is not sent.
func page(total int, ids ...string) string {
	var rows []string
	for _, id := range ids {
		rows = append(rows, fmt.Sprintf(`{"id":%q,"name":"App","created_at":"2024-02-28T08:16:40.644Z"}`, id))
	}
	paging := ""
	if total >= 0 {
		paging = fmt.Sprintf(`"paging":{"total_count":%d},`, total)
	}
	return fmt.Sprintf(`{"data":[%s],%s"success":true}`, strings.Join(rows, ","), paging)
}

func TestApps_Pages(t *testing.T) {
	for name, c := range map[string]struct {
		pages []string
		want  string // IDs
		err   string
	}{
		"pages that overlap":                  {pages: []string{page(3, "a", "b"), page(3, "b", "c")}, want: "a b c"},
		"an app is created meanwhile":         {pages: []string{page(3, "a", "b"), page(4, "c", "d")}, want: "a b c d"},
		"the same, and the order is not kept": {pages: []string{page(3, "c", "b"), page(4, "b", "a"), page(4)}, err: "page 3: paging.total_count is 4, but the list ends after 3 apps"},
		"the total is on the first page":      {pages: []string{page(3, "a", "b"), page(-1, "c")}, want: "a b c"},
		"the total is on the last page":       {pages: []string{page(-1, "a", "b"), page(3, "c")}, want: "a b c"},
		"pages in turn":                       {pages: []string{page(-1, "a", "b"), page(-1, "c"), page(-1, "a", "b")}, want: "a b c"},
		"pages in turn, incomplete":           {pages: []string{page(4, "a", "b"), page(4, "c"), page(4, "a", "b")}, err: "page 3: paging.total_count is 4, but the list ends after 3 apps"},
		"the total is that of the page":       {pages: []string{page(2, "a", "b"), page(1, "c")}, want: "a b"},
		"more apps than the total":            {pages: []string{page(1, "a", "b")}, err: "page 1: paging.total_count is 1, but the list has 2 apps"},
		"the second page is not a list":       {pages: []string{page(3, "a", "b"), `{"data":{},"success":true}`}, err: "page 2: data: found an object, not an array"},
		"an id twice, unequal": {pages: []string{page(-1, "a"), `{"data":[{"id":"b"},{"id":"a","name":"Other"}],"success":true}`},
			err: "page 2: data[1]: duplicate id with another name or created_at"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := listApps(t, pages(c.pages...))
			checkApps(t, got, err, c.want, c.err)
		})
	}
}

func checkApps(t *testing.T, got []api.ListedApp, err error, want, wantErr string) {
	t.Helper()
	if wantErr != "" {
		if got != nil || reasonOf(err) != api.ReasonMalformed || !strings.HasSuffix(err.Error(), ", not used: "+wantErr) {
			t.Errorf("got %v, %v, want %s", got, err, wantErr)
		}
		return
	}
	var ids []string
	for _, app := range got {
		ids = append(ids, app.ID)
	}
	if err != nil || strings.Join(ids, " ") != want {
		t.Errorf("got %v, %v, want %s", ids, err, want)
	}
}

func TestApps_Rows(t *testing.T) {
	created := time.Date(2024, 2, 28, 8, 16, 40, 644e6, time.UTC)
	for name, c := range map[string]struct {
		row  string
		want api.ListedApp
		err  string
	}{
		"documented":             {row: `{"created_at":"2024-02-28T08:16:40.644Z","id":"14a396e7-ca44-4937-bf1f-050a69118543","name":"my-first-app"}`, want: api.ListedApp{ID: "14a396e7-ca44-4937-bf1f-050a69118543", Name: "my-first-app", Created: created}},
		"another zone":           {row: `{"created_at":"2024-02-28T10:16:40.644+02:00","id":"a","name":"A"}`, want: api.ListedApp{ID: "a", Name: "A", Created: created}},
		"the id alone":           {row: `{"id":"a"}`, want: api.ListedApp{ID: "a"}},
		"nulls":                  {row: `{"id":"a","name":null,"created_at":null}`, want: api.ListedApp{ID: "a"}},
		"unknown fields":         {row: `{"id":"a","ID":"b","x":[{}]}`, want: api.ListedApp{ID: "a"}},
		"no object":              {row: `"a"`, err: "found a string, not an object"},
		"no id":                  {row: `{"name":"A"}`, err: "id: found no identifier (1 to 64 of A-Z a-z 0-9 _ -)"},
		"an id that is a path":   {row: `{"id":"../x"}`, err: "id: found no identifier (1 to 64 of A-Z a-z 0-9 _ -)"},
		"an id with a line feed": {row: `{"id":"a\n"}`, err: "id: found no identifier (1 to 64 of A-Z a-z 0-9 _ -)"},
		"a long id":              {row: `{"id":"` + strings.Repeat("a", 65) + `"}`, err: "id: found no identifier (1 to 64 of A-Z a-z 0-9 _ -)"},
		"an id that is a number": {row: `{"id":7}`, err: "id: found a number, not a string"},
		"a name that is none":    {row: `{"id":"a","name":[]}`, err: "name: found an array, not a string"},
		"created yesterday":      {row: `{"id":"a","created_at":"yesterday"}`, err: "created_at: found no date-time (RFC 3339)"},
		"created at a number":    {row: `{"id":"a","created_at":1700000000}`, err: "created_at: found a number, not a string"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := listApps(t, apitest.Body(`{"data":[`+c.row+`],"paging":{"total_count":1},"success":true}`))
			if c.err != "" {
				checkApps(t, got, err, "", "page 1: data[0]: "+c.err)
				return
			}
			if err != nil || len(got) != 1 || got[0] != c.want {
				t.Errorf("got %v, %v, want %v", got, err, c.want)
			}
		})
	}
}

func TestApps_PagingObject(t *testing.T) {
	for name, c := range map[string]struct{ body, want, err string }{
		"paging null":              {body: `{"data":[{"id":"a"}],"paging":null,"success":true}`, want: "a"},
		"total_count null":         {body: `{"data":[{"id":"a"}],"paging":{"total_count":null},"success":true}`, want: "a"},
		"total_count 1.0":          {body: `{"data":[{"id":"a"}],"paging":{"total_count":1.0},"success":true}`, want: "a"},
		"data null":                {body: `{"data":null,"success":true}`},
		"data null, 5 apps":        {body: `{"data":null,"paging":{"total_count":5},"success":true}`, err: "page 1: paging.total_count is 5, but the list ends after 0 apps"},
		"paging is a list":         {body: `{"data":[],"paging":[],"success":true}`, err: "page 1: paging: found an array, not an object"},
		"total_count is a boolean": {body: `{"data":[],"paging":{"total_count":true},"success":true}`, err: "page 1: paging.total_count: found a boolean, not a number"},
		"data of another type":     {body: `{"data":"a","success":true}`, err: "page 1: data: found a string, not an array"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := listApps(t, apitest.Body(c.body))
			checkApps(t, got, err, c.want, c.err)
		})
	}
}

// A server that ignores paging may send more than any list has.
func TestApps_TooMany(t *testing.T) {
	sim := newList(10_001)
	sim.SetPaging(apitest.PagingIgnored)
	got, err := listApps(t, sim)
	checkApps(t, got, err, "", "page 1: the list has more than 10000 apps")
}

func TestApps_FailureOfAnyPage(t *testing.T) {
	for status, want := range map[int]string{
		404: "account " + account + " not found: check account_id (HTTP 404)",
		400: "the API refused the request: check api.base_url (HTTP 400)",
		500: "the API failed: wait, and check Cloudflare's status page if it persists (HTTP 500)",
	} {
		sim, requests := newList(250), 0
		sim.OverrideApps(account, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if requests++; requests == 3 {
				apitest.Status(status, nil, "").ServeHTTP(w, r)
				return
			}
			apitest.Healthy().ServeHTTP(w, r)
		}))
		if got, err := listApps(t, sim); got != nil || err == nil || err.Error() != want {
			t.Errorf("got %d apps, %v, want %s", len(got), err, want)
		}
	}
}

// Each page is charged to the rate limit.
func TestApps_EachPageIsSentByVia(t *testing.T) {
	sim, sent := newList(250), 0
	client := api.New("https://api.example/client/v4", sim.Client().Transport)
	via := api.Via(func(ctx context.Context, send func(context.Context, *api.Client) error) error {
		sent++
		return send(ctx, client)
	})
	got, err := via.Client().Apps(t.Context(), api.App{AccountID: account, Token: token})
	if err != nil || len(got) != 250 || sent != 3 {
		t.Errorf("got %d apps, %v, by %d requests", len(got), err, sent)
	}
}
