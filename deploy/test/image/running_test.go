package image

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
	"github.com/realtimekit-exporter/realtimekit_exporter/deploy/test/internal/program"
)

const (
	address = "http://127.0.0.1:11780"
	token   = "the-token-of-the-image"
	account = "studio"
)

func get(t *testing.T, path string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v\n%s", path, resp.Status, err, body)
	}
	return string(body)
}

func expectVersion(t *testing.T, i image, version string) {
	printed := output(t, i.process(t.Context(), i.owner(), "", append(i.config.Entrypoint, "--version")...))
	if want := "realtimekit_exporter, version " + version + " (branch: , revision: " + revision + ")\n"; !strings.HasPrefix(printed, want) {
		t.Errorf("--version prints %s, want %s", printed, want)
	}
	c := i.start(t, i.owner(), "", "--demo")
	if landing := get(t, "/"); !strings.Contains(landing, "version="+version) || !strings.Contains(landing, "revision="+revision) {
		t.Errorf("the landing page is\n%s", landing)
	}
	info := regexp.MustCompile(`(?m)^realtimekit_exporter_build_info\{.*revision="` + revision + `".*version="` + regexp.QuoteMeta(version) + `"\} 1$`)
	if metrics := get(t, "/metrics"); !info.MatchString(metrics) {
		t.Errorf("build_info has another version:\n%s", metrics)
	}
	c.stop(t)
}

// Engines and clusters give the program the image's user, or any other.
func runsWithoutRights(t *testing.T, i image) {
	for name, as := range map[string]user{"as the image's user": i.owner(), "as an arbitrary user of the group root": {"1000660000", "0"}} {
		t.Run(name, func(t *testing.T) {
			c := i.start(t, as, "", "--demo")
			status := program.ReadFile(t, fmt.Sprintf("/proc/%d/status", c.program.Pid))
			for field, want := range map[string]string{
				"NSpid":      `\d+\s1`,
				"Uid":        strings.Repeat(as.uid+`\s`, 3) + as.uid,
				"Gid":        strings.Repeat(as.gid+`\s`, 3) + as.gid,
				"Groups":     ``,
				"CapInh":     `0+`,
				"CapPrm":     `0+`,
				"CapEff":     `0+`,
				"CapAmb":     `0+`,
				"NoNewPrivs": `1`,
			} {
				if !regexp.MustCompile(`(?m)^` + field + `:\s*` + want + `\s*$`).MatchString(status) {
					t.Errorf("%s is not %s:\n%s", field, want, status)
				}
			}
			mounts := program.ReadFile(t, fmt.Sprintf("/proc/%d/mountinfo", c.program.Pid))
			if !regexp.MustCompile(`(?m)^\S+ \S+ \S+ \S+ / ro[, ]`).MatchString(mounts) {
				t.Errorf("its root is not read-only:\n%s", mounts)
			}
			if metrics := get(t, "/metrics"); !strings.Contains(metrics, "\nrealtimekit_report_up{app=\"demo-webinars\",report=\"livestreams\"} 1\n") {
				t.Errorf("it serves no demo:\n%s", metrics)
			}
			if status := c.stop(t); status != 0 {
				t.Errorf("on SIGTERM it ended with %d", status)
			}
		})
	}
}

func reportsUnhealthy(t *testing.T, i image) {
	c := i.start(t, i.owner(), "", "--demo")
	if status, printed := i.healthy(t); status != 0 || printed != "" {
		t.Errorf("while it serves: %d, %s", status, printed)
	}
	c.signal(t, syscall.SIGSTOP)
	if status, printed := i.healthy(t); status != 1 || !strings.Contains(printed, "no response within") {
		t.Errorf("while it is stuck: %d, %s", status, printed)
	}
	c.signal(t, syscall.SIGCONT)
	c.stop(t)
	if status, printed := i.healthy(t); status != 1 || !strings.Contains(printed, "connection refused") {
		t.Errorf("after it has ended: %d, %s", status, printed)
	}
}

// mounted is a directory with a configuration of one app, to be mounted; the token
// is readable by the image's user alone.
func mounted(t *testing.T, i image, base, app, tls string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	configure(t, dir, base, app, tls)
	write(t, dir+"/token", token+"\n", 0o400)
	var uid int
	if _, err := fmt.Sscan(i.owner().uid, &uid); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(dir+"/token", uid, -1); err != nil {
		t.Fatal(err)
	}
	return dir
}

func configure(t *testing.T, dir, base, app, tls string) {
	t.Helper()
	write(t, dir+"/config.yml", fmt.Sprintf(
		"api:\n  base_url: %s/client/v4\n  tls_config: {%s}\naccounts:\n  - account_id: %s\n    api_token_file: token\n    apps:\n      - app_id: %s\n",
		base, tls, account, app), 0o644)
}

func newAPI() *apitest.API {
	api := apitest.New(time.Now)
	api.AddToken(token, account)
	api.AddApp(account, "concerts")
	api.AddApp(account, "talks")
	return api
}

// verifies runs the command verify, with a configuration and with two variables.
func verifies(t *testing.T, i image, trusted *authority) {
	dir := mounted(t, i, trusted.serve(t, newAPI()).URL, "concerts", "")
	cmd := i.process(t.Context(), i.owner(), dir, append(slices.Clone(i.config.Entrypoint), "verify")...)
	output, err := cmd.CombinedOutput()
	if text := string(output); err != nil || !regexp.MustCompile(`(?m)^concerts .* sums equal the API's totals$`).MatchString(text) || !strings.Contains(text, "not collected: talks") {
		t.Errorf("got %v\n%s", err, text)
	}

	// No request leaves this machine: the proxy refuses every connection.
	cmd = i.process(t.Context(), i.owner(), "", append(slices.Clone(i.config.Entrypoint), "verify")...)
	cmd.Env = append(slices.Clone(cmd.Env), "CLOUDFLARE_ACCOUNT_ID="+account, "CLOUDFLARE_API_TOKEN="+token, "HTTPS_PROXY=http://127.0.0.1:9")
	output, err = cmd.CombinedOutput()
	if text := string(output); err == nil || !strings.Contains(text, "account "+account+": the list of apps failed: the connection to the API failed") || strings.Contains(text, token) {
		t.Errorf("got %v\n%s", err, text)
	}
}

func reloads(t *testing.T, i image, trusted *authority) {
	server := trusted.serve(t, newAPI())
	dir := mounted(t, i, server.URL, "concerts", "")
	c := i.start(t, i.owner(), dir)
	if metrics := get(t, "/metrics"); !up(metrics, "concerts", 1) {
		t.Errorf("before:\n%s", metrics)
	}
	configure(t, dir, server.URL, "talks", "")
	c.signal(t, syscall.SIGHUP)
	program.Eventually(t, func() error {
		if c.hasEnded() {
			t.Fatal("the program ended after SIGHUP")
		}
		if !up(get(t, "/metrics"), "talks", 1) {
			return errors.New("the new configuration is not loaded")
		}
		return nil
	})
	if status := c.stop(t); status != 0 {
		t.Errorf("it ended with %d", status)
	}
}

func up(metrics, app string, value int) bool {
	return strings.Contains(metrics, fmt.Sprintf("\nrealtimekit_report_up{app=%q,report=\"livestreams\"} %d\n", app, value))
}

func expectTrust(t *testing.T, i image, trusted *authority) {
	other := newAuthority(t, "an issuer in a file")
	for name, c := range map[string]struct {
		issuer *authority
		tls    string
		up     int
	}{
		"an issuer in the image's store": {trusted, "", 1},
		"an issuer in a file":            {other, "ca_file: ca.pem", 1},
		"an issuer that nobody knows":    {other, "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			api := newAPI()
			dir := mounted(t, i, c.issuer.serve(t, api).URL, "concerts", c.tls)
			write(t, dir+"/ca.pem", other.pem, 0o644)
			container := i.start(t, i.owner(), dir)
			if metrics := get(t, "/metrics"); !up(metrics, "concerts", c.up) || len(api.Requests()) != c.up {
				t.Errorf("want up %d, after %d requests, got\n%s", c.up, len(api.Requests()), metrics)
			}
			container.stop(t)
		})
	}
}
