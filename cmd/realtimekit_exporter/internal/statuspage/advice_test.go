package main

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
)

// The metric (and with it the alert), the log and the page tell the same.
func TestStatus_AdviceForEachCause(t *testing.T) {
	const (
		rejected    = "token rejected for account " + statusAccount + ": "
		invalid     = rejected + "it is mistyped, expired or revoked"
		permission  = rejected + "it needs the permission Realtime or Realtime Admin"
		location    = rejected + "it is restricted to other client IP addresses: allow the address of this exporter"
		intercepted = "the response is not from the API: a challenge, a firewall or a proxy intercepted the request, which says nothing about the token: check the network path and api.base_url"
		notFound    = "app stage-id not found in account " + statusAccount + ": check app_id and account_id"
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
			inStatusWorld(t, twoApps, func(w *statusWorld) {
				w.sim.Override("stage-id", c.response)
				metrics := request(w.T, w.handler, http.MethodGet, "/metrics").Body.String()
				page := w.page("")
				w.says(w.card(page, "main-stage"), "Failing", c.text+" Failed", "Reason: "+c.reason+".")
				if line := fmt.Sprintf(`realtimekit_report_failures_total{app="main-stage",reason=%q,report="livestreams"} 1`, c.reason); !strings.Contains(metrics, line) {
					t.Errorf("no metric %s", line)
				}
				if field := fmt.Sprintf("msg=\"report failed\" app=main-stage report=livestreams reason=%s err=%s", c.reason, strconv.Quote(c.text)); strings.Count(w.log.String(), field) != 1 {
					t.Errorf("not logged: %s\nbut %s", field, &w.log)
				}

				// The token itself is refused only with reason auth.
				w.token(page, c.reason == "auth", c.text)
				w.sim.Override("stage-id", nil)
				if c.reason != "rate_limited" {
					if err := w.reload(); err != nil {
						t.Fatal(err)
					}
					w.scrape()
					w.token(w.page(""), false, c.text)
				}
			})
		})
	}
}

// token fails the test unless the page shows the only token as refused, or not.
func (w *statusWorld) token(page string, refused bool, text string) {
	w.Helper()
	_, section, _ := strings.Cut(page, `<h2 id="tokens">`)
	section, _, _ = strings.Cut(section, "</section>")
	words := read("</head><h2>" + section)
	bad := strings.Contains(section, `<span class="badge bad">Refused by the API</span>`)
	within := strings.Contains(section, `<span class="badge good">Within its limit</span>`)
	if bad != refused || strings.Contains(words, text) != refused || refused && within {
		w.Errorf("whether the token is refused: want %v, got %s", refused, words)
	}
}
