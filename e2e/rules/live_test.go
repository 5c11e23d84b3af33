package rules

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness"
)

// The expressions of the alerts are evaluated with real exporters, without waiting for the
// alerts to fire. RealtimeKitNoLivestreamYesterday does not fire on the day of
// installation, although the app idle fulfills its other conditions.
func TestAlerts_RealFaults(t *testing.T) {
	t.Parallel()
	a := harness.NewAccount(t)
	dir := filepath.Dir(a.Config)
	// Apps named after their failure, and accounts with a token each.
	broken := []struct{ account, app string }{
		{"steady", "well"}, {"steady", "fails"}, {"steady", "emptied"}, {"steady", "idle"}, {"steady", "unwatched"},
		{"refused", "refused-app"}, {"missing", "missing-app"}, {"limited", "limited-app"},
	}
	for _, b := range broken {
		addLivestreams(a, b.account, b.app)
		harness.WriteFile(t, filepath.Join(dir, b.account), "token-of-"+b.account)
	}
	addLivestreams(a, "steady", "corrected")
	configure := func(path, ttl, more string) string {
		harness.WriteFile(t, path, fmt.Sprintf("cache: {ttl: %s}\napi: {base_url: %s/client/v4, rate_limit: {requests: 30000, per: 5m}}\naccounts:\n%s", ttl, a.URL, more))
		return "--config.file=" + path
	}
	accounts := func(steady string) string {
		apps := map[string]string{"steady": "{app_id: corrected}, " + steady}
		for _, b := range broken {
			apps[b.account] += "{app_id: " + b.app + "}, "
		}
		var list strings.Builder
		for account, apps := range apps {
			fmt.Fprintf(&list, "- {account_id: %s, api_token_file: %[1]s, apps: [%s]}\n", account, apps)
		}
		return list.String()
	}

	here := harness.Start(t, "realtimekit_exporter", configure(a.Config, "1s", accounts("")), "--web.listen-address=127.0.0.1:0", "--web.enable-lifecycle")
	slow := harness.Start(t, "realtimekit_exporter", configure(filepath.Join(dir, "slow.yml"), "1d",
		"- {account_id: steady, api_token_file: steady, apps: [{app_id: corrected}]}\n"), "--web.listen-address=127.0.0.1:0")
	prom := harness.StartPrometheus(t, harness.Job("streams", []*harness.Process{here, slow}, nil))
	prom.AwaitScrapes(t, 2, 5)
	if err := harness.Diff(alerts(t, prom), map[string]int{}); err != nil {
		t.Errorf("healthy: %v", err)
	}

	a.API.Override("fails", apitest.Status(http.StatusBadGateway, nil, "bad gateway"))
	a.API.Override("emptied", apitest.Body(`{"success":true,"data":[]}`))
	a.API.Override("limited-app", apitest.Status(429, http.Header{"Retry-After": {"3600"}}, harness.ErrorBody(971, "Please wait")))
	a.API.RemoveToken("token-of-refused")
	if err := os.Remove(filepath.Join(dir, "missing")); err != nil {
		t.Fatal(err)
	}
	a.API.SetDay("idle", apitest.Day{Date: a.Date(-1)})
	a.API.SetDay("unwatched", apitest.Day{Date: a.Date(-1), Sessions: 1, IngestSeconds: 1801})
	a.API.SetDay("corrected", apitest.Day{Date: a.Date(-3), Sessions: 1, IngestSeconds: 600, ViewerSeconds: 601})
	configure(a.Config, "1s", accounts("{app_id: typo}, "))
	good := here.Reload(t)
	configure(a.Config, "none", accounts(""))
	if bad := here.Reload(t); good != http.StatusOK || bad != http.StatusInternalServerError {
		t.Errorf("reloads: status %d and %d", good, bad)
	}
	want := map[string]int{
		`RealtimeKitReportFailing{app="fails", reason="server", report="livestreams"}`:             1,
		`RealtimeKitReportFailing{app="typo", reason="not_found", report="livestreams"}`:           1,
		`RealtimeKitReportFailing{app="limited-app", reason="rate_limited", report="livestreams"}`: 1,
		`RealtimeKitNeverFetched{app="typo", report="livestreams"}`:                                1,
		`RealtimeKitTokenRefused{account_id="refused"}`:                                            1,
		`RealtimeKitTokenMissing{account_id="missing"}`:                                            1,
		`RealtimeKitRateLimited{account_id="limited"}`:                                             1,
		`RealtimeKitAnswersEmpty{app="emptied", report="livestreams"}`:                             1,
		`RealtimeKitReplicasDisagree{app="corrected", app_id="corrected"}`:                         1,
		`RealtimeKitStreamedToNobody{app="unwatched"}`:                                             1,
		`RealtimeKitConfigReloadFailed{}`:                                                          1,
	}
	harness.Eventually(t, func() error { return harness.Diff(alerts(t, prom), want) })

	for _, exporter := range []*harness.Process{slow, here} {
		exporter.Signal(t, syscall.SIGTERM)
	}
	harness.Eventually(t, func() error {
		return harness.Diff(alerts(t, prom), map[string]int{
			"RealtimeKitExporterDown{}":                    2,
			"RealtimeKitExporterAbsent{}":                  1,
			`RealtimeKitRateLimited{account_id="limited"}`: 1, // for 5 minutes, to bridge the gap between two pauses
		})
	})
}

// livestreams makes an app that had a livestream on each of the last days, and that a
// token named like its account may request.
func addLivestreams(a *harness.Account, account, app string) {
	a.API.AddToken("token-of-"+account, account)
	a.API.AddEmptyApp(account, app)
	for n := -30; n <= 0; n++ {
		a.API.SetDay(app, apitest.Day{Date: a.Date(n), Sessions: 1, IngestSeconds: 600, ViewerSeconds: 1200})
	}
}

// alerts counts the results of each alert's expression by their labels except job and instance.
func alerts(t *testing.T, p harness.Prometheus) map[string]int {
	t.Helper()
	found := map[string]int{}
	for _, rule := range readRules(t, alertRules) {
		var data struct{ Result []harness.Series }
		if err := p.Fetch(t.Context(), "query", url.Values{"query": {rule.Expr}}, &data); err != nil {
			t.Fatalf("%s: %v", rule.Alert, err)
		}
		for _, s := range data.Result {
			s.Metric["__name__"] = rule.Alert
			found[s.Name()]++
		}
	}
	return found
}
