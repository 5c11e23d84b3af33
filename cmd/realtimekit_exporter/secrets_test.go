package main

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
	"github.com/realtimekit-exporter/realtimekit_exporter/cmd/realtimekit_exporter/internal/config"
)

// The canary is in every secret of these tests.
const canary = "c4nary"

const proxyPassword = "proxy-" + canary + "-4711"

// newReflectingAPI starts an API behind a proxy that repeats every secret, and creates a
// directory with the configuration for it: a token in the file, one in a file of its
// own and one in the environment.
func newReflectingAPI(t *testing.T) (dir string, env []string) {
	t.Helper()
	api := apitest.New(time.Now)
	proxy := httptest.NewServer(api)
	t.Cleanup(proxy.Close)

	tokens := map[string]string{
		"literal":     "api_token: literal-" + canary + "-token-0123456789\n",
		"file":        "api_token_file: secret\n",
		"environment": "",
	}
	text := fmt.Sprintf("api:\n  base_url: http://127.0.0.1:1/client/v4\n  proxy_url: %s\naccounts:\n",
		strings.Replace(proxy.URL, "http://", "http://exporter:"+proxyPassword+"@", 1))
	for account, token := range tokens {
		text += "  - account_id: " + account + "\n    " + token + "\n    apps:\n"
		for _, e := range reflections() {
			id := account + "-" + e.name
			api.Override(id, e.response)
			text += "      - app_id: " + id + "\n"
		}
	}
	// Requests with a token are paused after a 429, so this app has a token of its own.
	text += "  - account_id: paused\n    api_token: paused-" + canary + "\n    apps:\n      - app_id: retry-after\n"
	api.Override("retry-after", reflectInHeader(http.StatusTooManyRequests, "Retry-After", "%s"))

	dir = t.TempDir()
	put(t, filepath.Join(dir, "config.yml"), text)
	put(t, filepath.Join(dir, "secret"), "file-"+canary+"\n")
	return dir, append(os.Environ(), config.TokenVariable+"=environment-"+canary, "GORACE=atexit_sleep_ms=0")
}

func put(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// noSecret fails the test if an output contains a secret.
func noSecret(t *testing.T, where, text string) {
	t.Helper()
	auth := base64.StdEncoding.EncodeToString([]byte("exporter:" + proxyPassword))
	for line := range strings.Lines(text) {
		if strings.Contains(line, canary) || strings.Contains(line, auth) {
			t.Errorf("%s shows a secret: %s", where, line)
		}
	}
}

func TestSecrets_NotInOutputWhileServing(t *testing.T) {
	for _, format := range []string{"logfmt", "json"} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			dir, env := newReflectingAPI(t)
			p, err := startProcess(dir, env, "--log.level=debug", "--log.format="+format, "--web.enable-lifecycle", "--web.enable-pprof")
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = p.cmd.Process.Kill() }()
			c := newClient()
			c.url = p.url
			send := func(method string, args ...string) reply {
				r := c.do(method, args)
				if r.err != nil {
					t.Errorf("%s %v: %v", method, args, r.err)
				}
				noSecret(t, method+" "+strings.Join(args, " "), r.header+r.body)
				return r
			}

			metrics := send(http.MethodGet, "-H", "X-Prometheus-Scrape-Timeout-Seconds: 60", "/metrics").body
			failed := regexp.MustCompile(`(?m)^realtimekit_report_failures_total{.*} 1$`)
			if got, want := len(failed.FindAllString(metrics, -1)), 3*len(reflections())+1; got != want {
				t.Errorf("%d reports failed, want all %d:\n%s", got, want, metrics)
			}
			send(http.MethodGet, "-H", "Accept: application/openmetrics-text", "/metrics")
			send(http.MethodGet, "-H", "Accept: application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited", "/metrics")
			if page := send(http.MethodGet, "/status").body; strings.Count(page, "Reason: ") != 50 || !strings.Contains(page, "anything else is hidden") {
				t.Errorf("the status page lacks what this test is about:\n%s", page)
			}
			for _, path := range []string{"/", "/status?page=2", "/status?app=file", "/-/healthy", "/-/ready", "/nowhere", "/debug/pprof/", "/debug/pprof/cmdline", "/debug/pprof/goroutine?debug=2", "/debug/pprof/heap?debug=1"} {
				send(http.MethodGet, path)
			}
			send(http.MethodPost, "/-/reload")

			// Secrets in wrong positions are not in the error messages.
			for problem, text := range problemsWithSecrets() {
				put(t, filepath.Join(dir, "config.yml"), text)
				if r := send(http.MethodPost, "/-/reload"); r.status != http.StatusInternalServerError {
					t.Errorf("%s: status %d", problem, r.status)
				}
				if page := send(http.MethodGet, "/status").body; !strings.Contains(page, "The last reload failed") {
					t.Errorf("%s: the status page does not report the failure:\n%s", problem, page)
				}
			}

			// Goroutines are dumped by a signal that ends the process.
			if err := p.cmd.Process.Signal(syscall.SIGQUIT); err != nil {
				t.Fatal(err)
			}
			<-p.ended
			if log := p.log.String(); !strings.Contains(log, "report failed") || !strings.Contains(log, "goroutine 1 ") {
				t.Errorf("the log lacks what this test is about: %s", log)
			}
			noSecret(t, "the log", p.log.String())
		})
	}
}

// problemsWithSecrets are invalid configurations, by their problem.
func problemsWithSecrets() map[string]string {
	const apps = "\n    apps: [{app_id: app}]\n"
	return map[string]string{
		"a line break in a token":         "accounts:\n  - account_id: a\n    api_token: \"" + canary + "\\nnext\"" + apps,
		"a token that is not ASCII":       "accounts:\n  - account_id: a\n    api_token: " + canary + "-é" + apps,
		"a list of tokens":                "accounts:\n  - account_id: a\n    api_token: [" + canary + "]" + apps,
		"a token as a key":                "accounts:\n  - account_id: a\n    " + canary + "-0123456789-0123456789-0123456789: x" + apps,
		"two tokens":                      "accounts:\n  - account_id: a\n    api_token: " + canary + "\n    api_token_file: secret" + apps,
		"a quote that is not closed":      "accounts:\n  - account_id: a\n    api_token: \"" + canary + apps,
		"a proxy that is no URL":          "api:\n  proxy_url: 'http://user:" + canary + "@host:port'\naccounts: []\n",
		"a proxy with another scheme":     "api:\n  proxy_url: ftp://user:" + canary + "@host\naccounts: []\n",
		"a base URL with a password":      "api:\n  base_url: https://user:" + canary + "@host\naccounts: []\n",
		"a base URL with a secret query":  "api:\n  base_url: https://host/?token=" + canary + "\naccounts: []\n",
		"an alias by the name of a token": "accounts:\n  - account_id: a\n    api_token: *" + canary + apps,
	}
}

func TestSecrets_NotInOutputOfTheCheck(t *testing.T) {
	dir, env := newReflectingAPI(t)
	check := func(want int, args ...string) string {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), program, append([]string{"--config.check", "--log.level=debug"}, args...)...)
		cmd.Dir, cmd.Env = dir, env
		out, _ := cmd.CombinedOutput() // the error is only the status
		if got := cmd.ProcessState.ExitCode(); got != want {
			t.Errorf("%v: status %d, want %d: %s", args, got, want, out)
		}
		noSecret(t, strings.Join(args, " "), string(out))
		return string(out)
	}
	if out := check(0); !strings.Contains(out, "config.yml is valid") {
		t.Errorf("the check printed %q", out)
	}
	put(t, filepath.Join(dir, "secret"), "first "+canary+"\nsecond "+canary+"\n")
	check(1)
	put(t, filepath.Join(dir, "web.yml"), "basic_auth_users:\n  user: "+canary+"\n")
	check(1, "--web.config.file=web.yml")
	for problem, text := range problemsWithSecrets() {
		t.Run(problem, func(t *testing.T) {
			put(t, filepath.Join(dir, "config.yml"), text)
			_, err := loadFile(filepath.Join(dir, "config.yml"), config.NewTokenFiles())
			if err == nil {
				t.Fatal("it is not refused")
			}
			noSecret(t, problem, fmt.Sprintf("%v %+v %#v", err, err, err))
		})
	}
}
