package discovery

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness"
)

const (
	// interval is the shortest one that the configuration accepts, and longest is
	// when its end must be visible in Prometheus, also on a busy machine.
	interval = time.Minute
	longest  = interval + 20*time.Second

	sessions = harness.Daily + "sessions"
)

// A scenario is an exporter that discovers the apps of accounts, and a Prometheus that
// scrapes it.
type scenario struct {
	*harness.Account
	exporter *harness.Process
	prom     harness.Prometheus
}

func newScenario(t *testing.T) *scenario {
	t.Helper()
	return &scenario{Account: harness.NewAccount(t)}
}

// add adds an app with this number of sessions today.
func (s *scenario) add(account, app string, n int64) {
	s.API.AddToken(harness.Token, account)
	s.API.AddEmptyApp(account, app)
	s.setSessions(app, n)
}

func (s *scenario) setSessions(app string, n int64) {
	s.API.SetDay(app, apitest.Day{Date: s.Date(0), Sessions: n, IngestSeconds: 60, ViewerSeconds: 600})
}

// configure writes a configuration in which every account has the same section
// discover.
func (s *scenario) configure(t *testing.T, cache, api, discover string, accounts ...string) {
	t.Helper()
	config := fmt.Sprintf("window_days: 3\ncache: {%s}\napi: {base_url: %q, %s}\naccounts:\n", cache, s.URL+"/client/v4", api)
	for _, account := range accounts {
		config += fmt.Sprintf("- {account_id: %s, api_token_file: token, discover: {%s}}\n", account, discover)
	}
	harness.WriteFile(t, filepath.Join(filepath.Dir(s.Config), "token"), harness.Token)
	harness.WriteFile(t, s.Config, config)
}

// start starts the exporter, and Prometheus. If apps is not 0, Prometheus starts when
// the exporter has the reports of so many apps, so that its first scrape has all of
// them.
func (s *scenario) start(t *testing.T, apps int, scrapeEvery string) {
	t.Helper()
	s.exporter = s.StartExporter(t, harness.LongOffset, "--web.enable-lifecycle")
	if apps > 0 {
		s.exporter.AwaitReports(t, apps, 0)
	}
	s.prom = harness.StartPrometheus(t, harness.Job("realtimekit", []*harness.Process{s.exporter}, nil,
		"scrape_interval: "+scrapeEvery, "scrape_timeout: "+scrapeEvery))
}

// await waits until the result of a query is as wanted, and not for longer than longest.
func (s *scenario) await(t *testing.T, promql string, want harness.Samples) {
	t.Helper()
	harness.Within(t, longest, func() error {
		got, err := s.prom.Query(t.Context(), promql)
		if err == nil {
			err = harness.Diff(got, want)
		}
		if err != nil {
			err = fmt.Errorf("%s: %w", promql, err)
		}
		return err
	})
}

// daySamples returns the samples of the metric sessions for numbers of sessions today,
// by app.
func (s *scenario) daySamples(today map[string]int64) harness.Samples {
	want := harness.Samples{}
	for app, n := range today {
		want[fmt.Sprintf("%s{app=%q, date=%q}", sessions, app, s.Date(0))] = float64(n)
	}
	return want
}

// expectAtEveryScrape checks that the apps that match an RE2 expression have a sample
// of every scrape.
func (s *scenario) expectAtEveryScrape(t *testing.T, apps string) {
	t.Helper()
	s.prom.Expect(t, "min_over_time(up[5m])", harness.Samples{"{}": 1})
	s.prom.Expect(t, fmt.Sprintf("count_over_time(%s{app=~%q}[5m]) != on () group_left count_over_time(up[5m])", sessions, apps), harness.Samples{})
}

// apps returns the samples of realtimekit_discovery_apps of an account.
func apps(account string, collected, excluded float64) harness.Samples {
	return harness.Samples{
		fmt.Sprintf(`realtimekit_discovery_apps{account_id=%q, state="collected"}`, account): collected,
		fmt.Sprintf(`realtimekit_discovery_apps{account_id=%q, state="excluded"}`, account):  excluded,
	}
}
