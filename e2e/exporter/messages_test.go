package exporter

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness"
)

// Upstream errors, and the secrets in them that must not be exposed.
func reflectedSecrets() (words string, secrets []string) {
	secrets = []string{
		harness.Token, "canary-stream-key", "c0ffee5e55104a7b8e9d0123456789ab", "MTQyNTk4NzQ1MjM2OTg3NDEyNTg3OTY1",
		"203.0.113.77", "2001:db8:0:7::9", "canary-secret", "canary-password",
	}
	return fmt.Sprintf("Bearer %s of %s and [%s]:443 may not use stream_key=%s, key: %s, rtmps://live.example/live/%s, secret=%s or password=%s here",
		harness.Token, secrets[4], secrets[5], secrets[1], secrets[2], secrets[3], secrets[6], secrets[7]), secrets
}

// reflectingFaults are ways for the API to say such words, each by an app's name.
func reflectingFaults() map[string]http.Handler {
	words, _ := reflectedSecrets()
	faults := map[string]http.Handler{
		"redirect":    apitest.Redirect(http.StatusFound, "https://203.0.113.77/?token="+harness.Token),
		"retry-after": apitest.Status(http.StatusBadGateway, http.Header{"Retry-After": {words}, "Www-Authenticate": {words}}, ""),
		"livestream":  apitest.Body(`{"success":true,"data":[{"id":"x","date":"x","stream_key":"canary-stream-key","ingest_server":"rtmps://203.0.113.77/live"}]}`),
		"date":        apitest.Body(`{"success":true,"data":[{"date":"` + words + `"}]}`),
	}
	for form, text := range map[string]string{ // which are not HTTP, and are quoted by net/http
		"no-http":     words + "\r\n\r\n",
		"status-line": "HTTP/1.1 " + words + "\r\n\r\n",
		"header-line": "HTTP/1.1 200 OK\r\n" + words + "\r\n\r\n",
		"length":      "HTTP/1.1 200 OK\r\nContent-Length: " + words + "\r\n\r\n",
		"transfer":    "HTTP/1.1 200 OK\r\nTransfer-Encoding: " + words + "\r\n\r\n",
		"chunk":       "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + words + "\r\n",
		"gzip":        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n" + words,
	} {
		faults[form] = raw(text)
	}
	for form, body := range map[string]string{
		"cloudflare": `{"success":false,"errors":[{"code":10000,"message":"` + words + `"}],"messages":["` + words + `"]}`,
		"kit":        `{"success":false,"error":{"code":403,"message":"` + words + `"}}`,
		"message":    `{"message":"` + words + `"}`,
		"text":       words,
		"html":       "<html><script>" + words + "</script></html>",
	} {
		for _, status := range []int{200, 400, 401, 403, 404, 409, 502} {
			faults[fmt.Sprint(form, "-", status)] = apitest.Status(status, nil, body)
		}
	}
	return faults
}

// raw responds with this text, which may not be HTTP, and closes the connection.
func raw(text string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(err)
		}
		defer conn.Close()
		_, _ = io.WriteString(conn, text) // an error means the client has gone
	})
}

func TestMessages_UpstreamTextWithoutSecrets(t *testing.T) {
	_, secrets := reflectedSecrets()
	a := harness.NewAccount(t)
	apps := []string{harness.Quiet}
	for app, fault := range reflectingFaults() {
		a.API.Override(app, fault)
		apps = append(apps, app)
	}
	a.Configure(t, apps...)
	exporter := harness.Launch(t, "--config.file="+a.Config, "--web.listen-address=127.0.0.1:0", "--log.level=debug", "--web.enable-pprof", "--web.enable-lifecycle")
	var shown strings.Builder
	for _, path := range []string{"/metrics", "/", "/-/healthy", "/debug/pprof/", "/debug/pprof/cmdline", "/debug/pprof/goroutine?debug=2", "/debug/pprof/heap?debug=1", "/metrics"} {
		_, body, err := harness.Get(t.Context(), exporter.URL+path, "")
		if err != nil {
			t.Fatal(err)
		}
		shown.Write(body)
	}
	s, err := exporter.Scrape(t.Context(), 5*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	for _, app := range apps[1:] {
		if n := len(s.Failures("name of " + app)); n != 1 {
			t.Errorf("app %s has failed for %d reasons, so nothing was proved", app, n)
		}
	}
	if n := len(exporter.Lines("report failed")); n != len(apps)-1 {
		t.Errorf("%d failures logged, want %d", n, len(apps)-1)
	}

	// The dump of its goroutines.
	exporter.Signal(t, syscall.SIGQUIT)
	if err := exporter.Wait(); err == nil {
		t.Error("it ended well after SIGQUIT")
	}
	if exporter.Lines("goroutine 1 ") == nil {
		t.Error("no goroutines were dumped")
	}
	shown.WriteString(exporter.Log.String())
	for line := range strings.Lines(shown.String()) {
		for _, secret := range secrets {
			if strings.Contains(line, secret) {
				t.Errorf("%q is in %.400s", secret, line)
			}
		}
	}
	t.Logf("%d ways to repeat secrets, %d KiB of output, %d secrets searched for", len(apps)-1, shown.Len()>>10, len(secrets))
}

func TestMessages_ConfigurationIsNotHTML(t *testing.T) {
	const script = `<script>alert(1)</script>`
	a := harness.NewAccount(t)
	config := "api: {base_url: " + a.URL + "/client/v4}\naccounts:\n- account_id: " + harness.AccountID + "\n  api_token_file: token\n  apps: [{app_id: quiet-app, name: " + script + "}]\n"
	harness.WriteFile(t, a.Config, config)
	exporter := a.StartExporter(t, "--web.enable-lifecycle", "--web.enable-pprof")
	harness.WriteFile(t, a.Config, "window_days: "+script+"\n"+config)
	for _, request := range []string{
		"GET /", "GET /metrics", "GET /-/ready", "GET /debug/pprof/", "GET /" + script, "GET /metrics/" + script, "GET /debug/pprof/" + script,
		"POST /-/reload", "GET /-/reload", "GET /?" + script, "GET /debug/pprof/?" + script, "GET /debug/pprof/heap?gc=" + script + "&debug=1", "GET /debug/pprof/symbol?" + script,
	} {
		got := exporter.Send(t, request+" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
		kind := got.Header.Get("Content-Type")
		switch {
		case strings.HasPrefix(kind, "text/html"):
			if strings.Contains(got.Body, script) {
				t.Errorf("%s: it is on a page", request)
			}
			if csp := got.Header.Get("Content-Security-Policy"); got.Status == http.StatusOK && !strings.HasPrefix(csp, "default-src 'none'") {
				t.Errorf("%s: a page with the policy %q", request, csp)
			}
			if got.Status == http.StatusOK && got.Header.Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("%s: a page that may be taken for something else", request)
			}
		case !strings.HasPrefix(kind, "text/plain"):
			t.Errorf("%s: %d, %q", request, got.Status, kind)
		case strings.Contains(got.Body, script) && request != "GET /metrics" && got.Header.Get("X-Content-Type-Options") != "nosniff":
			t.Errorf("%s: text that may be taken for a page", request)
		}
		if request == "POST /-/reload" && (got.Status != http.StatusInternalServerError || !strings.Contains(got.Body, "window_days")) {
			t.Errorf("%s: %d, %s", request, got.Status, got.Body)
		}
	}
}
