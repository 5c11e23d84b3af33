package discovery

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness"
)

// listFaults are the responses of failing lists, by account.
func listFaults() map[string]http.Handler {
	return map[string]http.Handler{
		"server-error": apitest.Status(http.StatusInternalServerError, nil, ""),
		"reset":        apitest.Reset(),
		"hanging":      apitest.Hang(),
		"challenge":    apitest.Challenge(),
		"incomplete": apitest.Body(`{"success":true,"data":[{"id":"other","name":"other","created_at":"2026-01-02T03:04:05Z"}],` +
			`"paging":{"total_count":5,"start_offset":1,"end_offset":1}}`),
	}
}

// Each account has another fault. The reports do not fail.
func TestOutage_FailingListLosesNothing(t *testing.T) {
	t.Parallel()
	s := newScenario(t)
	accounts := slices.Sorted(maps.Keys(listFaults()))
	today := map[string]int64{}
	for i, account := range accounts {
		for j, app := range []string{account + "-first", account + "-second"} {
			today[app] = int64(10*i + j + 1)
			s.add(account, app, today[app])
		}
	}
	s.configure(t, "ttl: 2s", "timeout: 2s, rate_limit: {requests: 1000, per: 10s}", fmt.Sprint("interval: ", interval), accounts...)
	s.start(t, len(today), "2s")
	s.await(t, sessions, s.daySamples(today))
	s.prom.Expect(t, "realtimekit_discovery_up", up(1, accounts))

	for account, response := range listFaults() {
		s.API.OverrideApps(account, response)
	}
	s.await(t, "realtimekit_discovery_up", up(0, accounts))
	for app := range today {
		today[app] += 100
		s.setSessions(app, today[app])
	}
	s.await(t, sessions, s.daySamples(today)) // new values, of the apps of before
	s.prom.Expect(t, "min_over_time(realtimekit_report_up[5m]) < 1", harness.Samples{})
	s.expectLogged(t, "list of apps failed", accounts)

	for _, account := range accounts {
		s.API.OverrideApps(account, nil)
		today[account+"-third"] = 7
		s.add(account, account+"-third", 7)
	}
	s.await(t, sessions, s.daySamples(today))
	s.await(t, "realtimekit_discovery_up", up(1, accounts))
	s.expectLogged(t, "list of apps recovered", accounts)
	s.expectAtEveryScrape(t, ".*-(first|second)")
	s.prom.Expect(t, `min_over_time(realtimekit_discovery_apps{state="collected"}[5m]) != 2`, harness.Samples{})
}

// up returns the samples of realtimekit_discovery_up.
func up(v float64, accounts []string) harness.Samples {
	want := harness.Samples{}
	for _, account := range accounts {
		want[fmt.Sprintf("realtimekit_discovery_up{account_id=%q}", account)] = v
	}
	return want
}

// expectLogged waits for a line with this message for each account.
func (s *scenario) expectLogged(t *testing.T, msg string, accounts []string) {
	t.Helper()
	harness.Eventually(t, func() error {
		lines := s.exporter.Lines(fmt.Sprintf("msg=%q", msg))
		for _, account := range accounts {
			if !slices.ContainsFunc(lines, func(line string) bool { return strings.Contains(line, "account_id="+account) }) {
				return fmt.Errorf("%q is not logged for %s: %q", msg, account, lines)
			}
		}
		return nil
	})
}
