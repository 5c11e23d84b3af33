package e2e

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
)

// What an upstream error may hold, and what of it is nobody's business.
func indiscretions() (words string, secrets []string) {
	secrets = []string{
		token, "canary-stream-key", "c0ffee5e55104a7b8e9d0123456789ab", "MTQyNTk4NzQ1MjM2OTg3NDEyNTg3OTY1",
		"203.0.113.77", "2001:db8:0:7::9", "canary-secret", "canary-password",
	}
	return fmt.Sprintf("Bearer %s of %s and [%s]:443 may not use stream_key=%s, key: %s, rtmps://live.example/live/%s, secret=%s or password=%s here",
		token, secrets[4], secrets[5], secrets[1], secrets[2], secrets[3], secrets[6], secrets[7]), secrets
}

// indiscreet are ways for the API to say such words, each by an app's name.
func indiscreet() map[string]http.Handler {
	words, _ := indiscretions()
	answers := map[string]http.Handler{
		"redirect":    apitest.Redirect(http.StatusFound, "https://203.0.113.77/?token="+token),
		"retry-after": apitest.Status(http.StatusBadGateway, http.Header{"Retry-After": {words}, "Www-Authenticate": {words}}, ""),
		"livestream":  apitest.Body(`{"success":true,"data":[{"id":"x","date":"x","stream_key":"canary-stream-key","ingest_server":"rtmps://203.0.113.77/live"}]}`),
		"date":        apitest.Body(`{"success":true,"data":[{"date":"` + words + `"}]}`),
	}
	for form, text := range map[string]string{ // which are not HTTP, and so quoted by who tried to read them
		"no-http":     words + "\r\n\r\n",
		"status-line": "HTTP/1.1 " + words + "\r\n\r\n",
		"header-line": "HTTP/1.1 200 OK\r\n" + words + "\r\n\r\n",
		"length":      "HTTP/1.1 200 OK\r\nContent-Length: " + words + "\r\n\r\n",
		"transfer":    "HTTP/1.1 200 OK\r\nTransfer-Encoding: " + words + "\r\n\r\n",
		"chunk":       "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + words + "\r\n",
		"gzip":        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n" + words,
	} {
		answers[form] = raw(text)
	}
	for form, body := range map[string]string{
		"cloudflare": `{"success":false,"errors":[{"code":10000,"message":"` + words + `"}],"messages":["` + words + `"]}`,
		"kit":        `{"success":false,"error":{"code":403,"message":"` + words + `"}}`,
		"message":    `{"message":"` + words + `"}`,
		"text":       words,
		"html":       "<html><script>" + words + "</script></html>",
	} {
		for _, status := range []int{200, 400, 401, 403, 404, 409, 502} {
			answers[fmt.Sprint(form, "-", status)] = apitest.Status(status, nil, body)
		}
	}
	return answers
}

// raw answers with this text, whatever it is, and hangs up.
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

func TestWordsOfUpstreamAreShownWithoutKeysAndAddresses(t *testing.T) {
	_, secrets := indiscretions()
	a := newAccount(t)
	apps := []string{quiet}
	for app, answer := range indiscreet() {
		a.api.Override(app, answer)
		apps = append(apps, app)
	}
	a.configure(t, apps...)
	exporter := launch(t, "--config.file="+a.config, "--web.listen-address=127.0.0.1:0", "--log.level=debug", "--web.enable-pprof", "--web.enable-lifecycle")
	var shown strings.Builder
	for _, path := range []string{"/metrics", "/", "/-/healthy", "/debug/pprof/", "/debug/pprof/cmdline", "/debug/pprof/goroutine?debug=2", "/debug/pprof/heap?debug=1", "/metrics"} {
		_, body, err := get(t.Context(), exporter.url+path, "")
		if err != nil {
			t.Fatal(err)
		}
		shown.Write(body)
	}
	s, err := exporter.scrape(t.Context(), 5*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	for _, app := range apps[1:] {
		if n := len(s.failures("name of " + app)); n != 1 {
			t.Errorf("app %s has failed for %d reasons, so nothing was proved", app, n)
		}
	}
	if n := len(exporter.lines("report failed")); n != len(apps)-1 {
		t.Errorf("%d failures logged, want %d", n, len(apps)-1)
	}

	// What the process says when it is made to dump its goroutines.
	if err := exporter.cmd.Process.Signal(syscall.SIGQUIT); err != nil {
		t.Fatal(err)
	}
	if err := exporter.cmd.Wait(); err == nil {
		t.Error("it ended well after SIGQUIT")
	}
	if exporter.lines("goroutine 1 ") == nil {
		t.Error("no goroutines were dumped")
	}
	shown.WriteString(exporter.log.String())
	for line := range strings.Lines(shown.String()) {
		for _, secret := range secrets {
			if strings.Contains(line, secret) {
				t.Errorf("%q is in %.400s", secret, line)
			}
		}
	}
	t.Logf("%d ways to be indiscreet, %d KiB shown, %d secrets looked for", len(apps)-1, shown.Len()>>10, len(secrets))
}

func TestNothingOfTheConfigurationIsHTML(t *testing.T) {
	const script = `<script>alert(1)</script>`
	a := newAccount(t)
	config := "api: {base_url: " + a.url + "/client/v4}\naccounts:\n- account_id: " + accountID + "\n  api_token_file: token\n  apps: [{app_id: quiet-app, name: " + script + "}]\n"
	write(t, a.config, config)
	exporter := a.startExporter(t, "--web.enable-lifecycle", "--web.enable-pprof")
	write(t, a.config, "window_days: "+script+"\n"+config)
	for _, request := range []string{
		"GET /", "GET /metrics", "GET /-/ready", "GET /debug/pprof/", "GET /" + script, "GET /metrics/" + script, "GET /debug/pprof/" + script,
		"POST /-/reload", "GET /-/reload", "GET /?" + script, "GET /debug/pprof/?" + script, "GET /debug/pprof/heap?gc=" + script + "&debug=1", "GET /debug/pprof/symbol?" + script,
	} {
		got := exporter.send(t, request+" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
		kind := got.header.Get("Content-Type")
		switch {
		case strings.HasPrefix(kind, "text/html"):
			if strings.Contains(got.body, script) {
				t.Errorf("%s: it is on a page", request)
			}
			if csp := got.header.Get("Content-Security-Policy"); got.status == http.StatusOK && !strings.HasPrefix(csp, "default-src 'none'") {
				t.Errorf("%s: a page with the policy %q", request, csp)
			}
			if got.status == http.StatusOK && got.header.Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("%s: a page that may be taken for something else", request)
			}
		case !strings.HasPrefix(kind, "text/plain"):
			t.Errorf("%s: %d, %q", request, got.status, kind)
		case strings.Contains(got.body, script) && request != "GET /metrics" && got.header.Get("X-Content-Type-Options") != "nosniff":
			t.Errorf("%s: text that may be taken for a page", request)
		}
		if request == "POST /-/reload" && (got.status != http.StatusInternalServerError || !strings.Contains(got.body, "window_days")) {
			t.Errorf("%s: %d, %s", request, got.status, got.body)
		}
	}
}
