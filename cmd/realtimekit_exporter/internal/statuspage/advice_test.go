package statuspage_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/prometheus/common/expfmt"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
)

// The metric (and so the alert), the log and the page report the same cause.
func TestPage_AdviceForEachCause(t *testing.T) {
	const (
		rejected    = "token rejected for account " + accountID + ": "
		invalid     = rejected + "it is mistyped, expired or revoked"
		permission  = rejected + "it needs the permission Realtime or Realtime Admin"
		location    = rejected + "it is restricted to other client IP addresses: allow the address of this exporter"
		intercepted = "the response is not from the API: a challenge, a firewall or a proxy intercepted the request, which says nothing about the token: check the network path and api.base_url"
		notFound    = "app stage-id not found in account " + accountID + ": check app_id and account_id"
		limited     = "too many requests: the limit counts everything that uses this token, the dashboard included"
	)
	for name, c := range map[string]struct {
		response     http.Handler
		reason, text string
	}{
		"401 with code 1000":             {apitest.Error(401, 1000, "Invalid API Token"), "auth", invalid + ` (HTTP 401: "Invalid API Token")`},
		"400 with 6003":                  {apitest.Error(400, 6003, "Invalid request headers"), "auth", invalid + ` (HTTP 400: "Invalid request headers")`},
		"400 with 9109":                  {apitest.Error(400, 9109, "Invalid access token"), "auth", invalid + ` (HTTP 400: "Invalid access token")`},
		"401 with 9109":                  {apitest.Error(401, 9109, "Invalid access token"), "auth", invalid + ` (HTTP 401: "Invalid access token")`},
		"403 with 9109":                  {apitest.Error(403, 9109, "Invalid access token"), "auth", invalid + ` (HTTP 403: "Invalid access token")`},
		"400 with 9106":                  {apitest.Error(400, 9106, "Missing X-Auth-Key"), "auth", invalid + ` (HTTP 400: "Missing X-Auth-Key")`},
		"403 with 10000":                 {apitest.Error(403, 10000, "Authentication error"), "auth", permission + ` (HTTP 403: "Authentication error")`},
		"403 with 9109 and a location":   {apitest.Error(403, 9109, "Cannot use the access token from location: 203.0.113.7"), "auth", location + " (HTTP 403)"},
		"403 with a challenge":           {apitest.Challenge(), "intercepted", intercepted + " (HTTP 403)"},
		"401 of a captive portal":        {apitest.Status(401, nil, "<html>Sign in"), "intercepted", intercepted + " (HTTP 401)"},
		"404":                            {apitest.Status(404, nil, `{"success":false,"error":{"code":404,"message":"app not found"}}`), "not_found", notFound + ` (HTTP 404: "app not found")`},
		"400 with 7003":                  {apitest.Error(400, 7003, "Could not route"), "not_found", notFound + ` (HTTP 400: "Could not route")`},
		"429 with 971":                   {apitest.Error(429, 971, "Please wait"), "rate_limited", limited + ` (HTTP 429)`},
		"429 with code 1015 as text":     {apitest.Status(429, nil, "error code: 1015"), "rate_limited", limited + " (HTTP 429)"},
		"407 of a proxy without CONNECT": {apitest.Status(407, nil, "who are you?"), "client", "the proxy refused the request: check user name and password in api.proxy_url or HTTPS_PROXY (HTTP 407)"},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, twoApps, func(f *fixture) {
				f.api.Override("stage-id", c.response)
				snapshot := f.scrape()
				page := f.page("")
				f.contains(f.card(page, "main-stage"), "Failing", c.text+" Failed", "Reason: "+c.reason+".")
				metrics, err := testutil.CollectAndFormat(snapshot, expfmt.TypeTextPlain, "realtimekit_report_failures_total")
				if err != nil {
					t.Fatal(err)
				}
				if line := fmt.Sprintf(`realtimekit_report_failures_total{app="main-stage",reason=%q,report="livestreams"} 1`, c.reason); !strings.Contains(string(metrics), line) {
					t.Errorf("no metric %s in:\n%s", line, metrics)
				}
				if fields := fmt.Sprintf("msg=\"report failed\" app=main-stage report=livestreams reason=%s err=%s", c.reason, strconv.Quote(c.text)); strings.Count(f.log.String(), fields) != 1 {
					t.Errorf("not logged: %s\nbut %s", fields, &f.log)
				}

				// Only the reason auth is about the token.
				f.checkRejected(page, c.reason == "auth", c.text)
				f.api.Override("stage-id", nil)
				if c.reason != "rate_limited" {
					f.exporter.Apply(f.plan)
					f.scrape()
					f.checkRejected(f.page(""), false, c.text)
				}
			})
		})
	}
}

// checkRejected fails the test unless the page shows the only token as rejected, or not.
func (f *fixture) checkRejected(page string, want bool, text string) {
	f.Helper()
	section := tokens(page)
	rejected := strings.Contains(section, `<span class="badge bad">Rejected by the API</span>`)
	healthy := strings.Contains(section, `<span class="badge good">Within the rate limit</span>`)
	if rejected != want || strings.Contains(textOf(section), text) != want || rejected && healthy {
		f.Errorf("whether the token is rejected: want %v, got %s", want, textOf(section))
	}
}
