package api_test

import (
	"context"
	"net/http"
	"net/url"
	"testing"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
)

// FuzzApps checks that any two pages become either an error with a reason and a short
// text, or a list in which each app is once, in order, and safe in a path.
func FuzzApps(f *testing.F) {
	for _, body := range []string{
		`{"data":[{"created_at":"2025-01-01T08:16:40.644Z","id":"14a396e7-ca44-4937-bf1f-050a69118543","name":"my-first-app"}],"paging":{"end_offset":1,"start_offset":1,"total_count":1},"success":true}`,
		`{"data":[{"id":"a"},{"id":"b","name":null}],"success":true}`,
		`{"data":[{"id":"../x"}],"paging":{"total_count":-1},"success":true}`,
		`{"data":null,"paging":null,"success":true}`,
		`{"success":false,"errors":[{"code":10000,"message":"canary-token"}]}`,
	} {
		f.Add([]byte(body), []byte(body))
		f.Add([]byte(`{"data":[{"id":"c"}],"paging":{"total_count":"3"}}`), []byte(body))
	}
	f.Fuzz(func(t *testing.T, first, second []byte) {
		bodies := [][]byte{first, second}
		client := api.New("https://api.example/client/v4", roundTripper(func(r *http.Request) (*http.Response, error) {
			body := bodies[0]
			bodies = bodies[len(bodies)-1:]
			return always{http.StatusOK, body}.RoundTrip(r)
		}))
		apps, err := client.Apps(context.Background(), api.App{AccountID: account, Token: token})
		if err != nil {
			if apps != nil {
				t.Errorf("apps beside an error: %v", apps)
			}
			checkFailure(t, err)
			return
		}
		seen := map[string]bool{}
		for i, app := range apps {
			if app.ID == "" || len(app.ID) > 64 || app.ID != url.PathEscape(app.ID) || seen[app.ID] {
				t.Errorf("app %q is not safe, or twice", app.ID)
			}
			seen[app.ID] = true
			if i > 0 && app.Created.Before(apps[i-1].Created) {
				t.Errorf("%v follows %v", app, apps[i-1])
			}
		}
	})
}
