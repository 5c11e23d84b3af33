package browser

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness"
	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness/chromium"
)

// A status page with a script, a line that is too long and no language fails each kind
// of check.
func TestStatusPage_BrokenPageIsDetected(t *testing.T) {
	t.Parallel()
	a := harness.NewAccount(t)
	exporter := startApps(t, a, "", appsNamed("main-stage")...)
	exporter.AwaitReports(t, 1, 0)
	page := exporter.Send(t, "GET /status HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
	body := page.Body
	for from, to := range map[string]string{
		"<main>\n":         "<main>\n<script>1</script><pre>" + strings.Repeat("W", 300) + "</pre>",
		`<html lang="en">`: "<html>",
	} {
		if !strings.Contains(body, from) {
			t.Fatalf("the page has no %q", from)
		}
		body = strings.Replace(body, from, to, 1)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		maps.Copy(w.Header(), page.Header)
		w.Header().Del("Content-Length")
		_, _ = w.Write([]byte(body)) // an error means that the browser has closed
	}))
	t.Cleanup(server.Close)

	got := violations(chromium.Start(t).Open(t, chromium.Screens()[0]), server.URL)
	for _, want := range []string{
		"active element: script", "issue: ContentSecurityPolicyIssue", "console: error of security",
		"horizontal scroll: ", "wider than its box: ", "axe: html-has-lang: ",
	} {
		if !slices.ContainsFunc(got, func(s string) bool { return strings.Contains(s, want) }) {
			t.Errorf("no complaint %q in %q", want, got)
		}
	}
}
