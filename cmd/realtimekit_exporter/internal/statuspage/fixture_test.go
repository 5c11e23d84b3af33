package statuspage_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
	"github.com/realtimekit-exporter/realtimekit_exporter/cmd/realtimekit_exporter/internal/statuspage"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector"
)

const (
	accountID  = "023e105f4ecef8ad9ca31a8372d0c353"
	validToken = "the-token"
	startTime  = "2000-01-10T12:00:00Z"
)

// A fixture is the page of an exporter over a simulated API, on a fake clock.
type fixture struct {
	*testing.T
	api      *apitest.API
	plan     collector.Plan
	config   statuspage.Config
	exporter *collector.Exporter
	log      bytes.Buffer
	handler  http.Handler
}

// run runs a test at [startTime], after the plan and the configuration of two apps are
// changed by prepare and applied.
func run(t *testing.T, prepare func(f *fixture), test func(f *fixture)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		start, err := time.Parse(time.RFC3339, startTime)
		if err != nil {
			t.Fatal(err)
		}
		<-time.After(time.Until(start))
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		f := &fixture{T: t, api: apitest.New(time.Now)}
		f.api.AddToken(validToken, accountID)
		for _, id := range []string{"stage-id", "studio-id"} {
			f.api.AddEmptyApp(accountID, id)
			f.api.SetDay(id, apitest.Day{Date: "2000-01-07", Sessions: 1234, IngestSeconds: 5400, ViewerSeconds: 90000})
			f.api.SetDay(id, apitest.Day{Date: "2000-01-10", Sessions: 2, IngestSeconds: 60, ViewerSeconds: 60})
		}
		const baseURL = "https://api.test/client/v4"
		f.plan = collector.Plan{
			Accounts: []collector.Account{account(accountID, validToken,
				collector.App{ID: "stage-id", Name: "main-stage"}, collector.App{ID: "studio-id", Name: "studio", Filters: "kind=live"})},
			Reports: collector.Reports("livestreams"),
			Days:    5, TTL: 15 * time.Minute, MaxStale: 72 * time.Hour, Timeout: 30 * time.Second, MaxInFlight: 8,
			Limit:   collector.Limit{Requests: 300, Per: 5 * time.Minute},
			BaseURL: baseURL, Client: api.New(baseURL, f.api.Client().Transport),
		}
		f.config = statuspage.Config{Name: "/etc/realtimekit/config.yml", LoadedAt: start, Summary: "1 account, 2 apps, 5 days"}
		f.exporter = collector.New(ctx, log.NewLogfmtLogger(log.NewSyncWriter(&f.log)), prometheus.NewRegistry(), time.Now)
		if f.handler, err = statuspage.New(f.exporter.Status, func() statuspage.Config { return f.config }, log.NewNopLogger()); err != nil {
			t.Fatal(err)
		}
		prepare(f)
		f.exporter.Apply(f.plan)
		test(f)
	})
}

// twoApps changes nothing: the fixture has the apps main-stage and studio.
func twoApps(*fixture) {}

func account(id, token string, apps ...collector.App) collector.Account {
	return collector.Account{ID: id, Apps: apps, Token: func(context.Context) (api.Secret, error) {
		if token == "" {
			return "", errors.New("api_token_file /run/secrets/" + id + " does not exist")
		}
		return api.Secret(token), nil
	}}
}

// namedApps replaces the apps of the fixture by some with the IDs id-0, id-1, ….
func namedApps(apps, days int, name func(i int) string) func(f *fixture) {
	return func(f *fixture) {
		f.plan.Days, f.plan.Limit.Requests = days, 5*apps
		a := account(accountID, validToken)
		for i := range apps {
			a.Apps = append(a.Apps, collector.App{ID: fmt.Sprintf("id-%d", i), Name: name(i)})
		}
		f.plan.Accounts = []collector.Account{a}
	}
}

// scrape fetches what is due, as a scrape with Prometheus's timeout of 5 seconds does.
func (f *fixture) scrape() *collector.Snapshot {
	ctx, cancel := context.WithTimeout(f.Context(), 4500*time.Millisecond)
	defer cancel()
	return f.exporter.Snapshot(ctx)
}

// page returns the page as HTML. It fails the test if that takes a request or time.
func (f *fixture) page(query string) string {
	f.Helper()
	synctest.Wait()
	before, start := len(f.api.Requests()), time.Now()
	got := get(f.T, f.handler, query)
	if got.Code != http.StatusOK {
		f.Fatalf("%s: got status %d: %s", query, got.Code, got.Body)
	}
	synctest.Wait()
	if n := len(f.api.Requests()) - before; n > 0 || !time.Now().Equal(start) {
		f.Errorf("the page took %d requests and %v", n, time.Since(start))
	}
	return got.Body.String()
}

func get(t *testing.T, h http.Handler, query string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/status"+query, nil))
	return w
}

func query(values url.Values) string { return "?" + values.Encode() }
