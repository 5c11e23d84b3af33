package e2e

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
)

// Nothing waits for the time of an alert here: its expression is asked of a real
// Prometheus about real exporters, so that it is known to fit what they show.
func TestRealFaultsBringTheirAlertsAndNoOthers(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	dir := filepath.Dir(a.config)
	// Apps named by what will happen to them, and accounts with a token of their own.
	broken := []struct{ account, app string }{
		{"steady", "well"}, {"steady", "fails"}, {"steady", "emptied"}, {"steady", "idle"}, {"steady", "unwatched"},
		{"refused", "refused-app"}, {"missing", "missing-app"}, {"limited", "limited-app"},
	}
	for _, b := range broken {
		a.livestreams(b.account, b.app)
		write(t, filepath.Join(dir, b.account), "token-of-"+b.account)
	}
	a.livestreams("steady", "corrected")
	configure := func(path, ttl, more string) string {
		write(t, path, fmt.Sprintf("cache: {ttl: %s}\napi: {base_url: %s/client/v4, rate_limit: {requests: 30000, per: 5m}}\naccounts:\n%s", ttl, a.url, more))
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

	here := start(t, "realtimekit_exporter", configure(a.config, "1s", accounts("")), "--web.listen-address=127.0.0.1:0", "--web.enable-lifecycle")
	slow := start(t, "realtimekit_exporter", configure(filepath.Join(dir, "slow.yml"), "1d",
		"- {account_id: steady, api_token_file: steady, apps: [{app_id: corrected}]}\n"), "--web.listen-address=127.0.0.1:0")
	prom := startPrometheus(t, job("streams", []*process{here, slow}, nil))
	prom.awaitScrapes(t, 2, 5)
	if err := differ(prom.alerts(t), map[string]int{}); err != nil {
		t.Errorf("while all is well: %v", err)
	}

	a.api.Override("fails", apitest.Status(http.StatusBadGateway, nil, "bad gateway"))
	a.api.Override("emptied", apitest.Body(`{"success":true,"data":[]}`))
	a.api.Override("limited-app", apitest.Status(429, http.Header{"Retry-After": {"3600"}}, errorBody(971, "Please wait")))
	a.api.RemoveToken("token-of-refused")
	if err := os.Remove(filepath.Join(dir, "missing")); err != nil {
		t.Fatal(err)
	}
	a.api.SetDay("idle", apitest.Day{Date: a.date(-1)})
	a.api.SetDay("unwatched", apitest.Day{Date: a.date(-1), Sessions: 1, IngestSeconds: 1801})
	a.api.SetDay("corrected", apitest.Day{Date: a.date(-3), Sessions: 1, IngestSeconds: 600, ViewerSeconds: 601})
	configure(a.config, "1s", accounts("{app_id: typo}, "))
	good := here.reload(t)
	configure(a.config, "none", accounts(""))
	if bad := here.reload(t); good != http.StatusOK || bad != http.StatusInternalServerError {
		t.Errorf("reloads are answered by %d and %d", good, bad)
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
		`RealtimeKitReplicasDisagree{app="corrected"}`:                                             1,
		`RealtimeKitNoLivestreamYesterday{app="idle"}`:                                             1,
		`RealtimeKitStreamedToNobody{app="unwatched"}`:                                             1,
		`RealtimeKitConfigReloadFailed{}`:                                                          1,
	}
	eventually(t, func() error { return differ(prom.alerts(t), want) })

	for _, exporter := range []*process{slow, here} {
		if err := exporter.cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, func() error {
		return differ(prom.alerts(t), map[string]int{
			"RealtimeKitExporterDown{}":                    2,
			"RealtimeKitExporterAbsent{}":                  1,
			`RealtimeKitRateLimited{account_id="limited"}`: 1, // for 5 minutes, as between two pauses
		})
	})
}

// livestreams makes an app that had a livestream on each of the last days, and that a
// token of its account's name may ask for.
func (a *account) livestreams(account, app string) {
	a.api.AddToken("token-of-"+account, account)
	a.api.AddEmptyApp(account, app)
	for n := -10; n <= 0; n++ {
		a.api.SetDay(app, apitest.Day{Date: a.date(n), Sessions: 1, IngestSeconds: 600, ViewerSeconds: 1200})
	}
}

// alerts counts what every alert's expression gives now, but for what tells targets apart.
func (p prometheus) alerts(t *testing.T) map[string]int {
	t.Helper()
	found := map[string]int{}
	for _, rule := range readRules(t, alertRules) {
		var data struct{ Result []series }
		if err := p.ask(t.Context(), "query", url.Values{"query": {rule.Expr}}, &data); err != nil {
			t.Fatalf("%s: %v", rule.Alert, err)
		}
		for _, s := range data.Result {
			s.Metric["__name__"] = rule.Alert
			found[s.name()]++
		}
	}
	return found
}
