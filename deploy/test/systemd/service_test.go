package systemd

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
)

const (
	service    = "realtimekit_exporter.service"
	unitFile   = "../../systemd/realtimekit_exporter.service"
	configFile = "../../systemd/config.yml"

	configPath = "/etc/realtimekit_exporter/config.yml"
	tokenPath  = "/etc/realtimekit_exporter/cloudflare_api_token"
	accountID  = "023e105f4ecef8ad9ca31a8372d0c353"
	appID      = "5f0a7c1e-3b54-4d3e-9d3f-2a1b6c7d8e9f"
	apiAddress = "127.0.0.1:8080"
)

// What a host goes through with the service, told on one machine.
func TestSystemdRunsTheService(t *testing.T) {
	m := boot(t)
	api := apitest.New(time.Now)
	api.AddToken("first-token", accountID)
	api.AddApp(accountID, appID)
	api.AddApp(accountID, "second-app")
	m.serve(t, apiAddress, api)
	config := readFile(t, configFile) + "api:\n  base_url: http://" + apiAddress + "\n"
	m.write(t, configPath, config, 0o644)

	t.Run("not without the token's file", func(t *testing.T) {
		out, err := m.run(t, "systemctl", "start", service)
		if status := m.show(t, "ExecMainStatus"); err == nil || status != "243" {
			t.Errorf("started with status %s, want 243 (credentials): %s", status, out)
		}
		m.must(t, "systemctl", "stop", service)
	})

	m.write(t, tokenPath, "first-token\n", 0o600)
	m.must(t, "systemctl", "start", service)
	main := m.show(t, "MainPID")

	t.Run("shows what the API says, with a token that only root may read", func(t *testing.T) {
		m.awaitSample(t, `realtimekit_report_up{app="main-stage",report="livestreams"} 1`)
		m.awaitSample(t, `realtimekit_livestream_daily_sessions{app="main-stage",`)
		m.awaitSample(t, `process_start_time_seconds `)
		m.awaitSample(t, `process_resident_memory_bytes `)
	})
	t.Run("its configuration is good, says the check that its operator runs", func(t *testing.T) {
		m.must(t, "/usr/local/bin/realtimekit_exporter", "--config.check", "--config.file="+configPath)
	})
	t.Run("is confined", func(t *testing.T) { m.expectConfined(t, main) })

	t.Run("a reload brings another app in", func(t *testing.T) {
		m.write(t, configPath, strings.Replace(config, "    apps:\n", "    apps:\n      - app_id: second-app\n", 1), 0o644)
		m.must(t, "systemctl", "reload", service)
		m.awaitSample(t, `realtimekit_report_up{app="second-app",report="livestreams"} 1`)
	})
	t.Run("a reload of mistakes changes nothing, and the journal says why", func(t *testing.T) {
		m.write(t, configPath, strings.Replace(config, "accounts:", "acounts:", 1), 0o644)
		m.must(t, "systemctl", "reload", service)
		m.awaitSample(t, "realtimekit_exporter_config_last_reload_successful 0")
		m.awaitSample(t, `realtimekit_report_up{app="second-app",report="livestreams"} 1`)
		eventually(t, func() error {
			if journal := m.must(t, "journalctl", "--no-pager", "--unit="+service); !strings.Contains(journal, "acounts") {
				return errors.New("the journal says nothing of it: " + journal)
			}
			return nil
		})
		m.write(t, configPath, config, 0o644)
		m.must(t, "systemctl", "reload", service)
		m.awaitSample(t, "realtimekit_exporter_config_last_reload_successful 1")
	})
	if now := m.show(t, "MainPID"); now != main {
		t.Errorf("reloads made process %s of process %s", now, main)
	}

	t.Run("a rotated token takes a restart", func(t *testing.T) {
		api.AddToken("second-token", accountID)
		m.write(t, tokenPath, "second-token\n", 0o600)
		api.ResetRequests()
		m.write(t, configPath, strings.Replace(config, "name: main-stage", "filters: a", 1), 0o644) // asks anew
		m.must(t, "systemctl", "reload", service)
		m.awaitSample(t, `realtimekit_report_up{app="`+appID+`",report="livestreams"} 1`)
		expectTokens(t, api, "first-token")
		api.RemoveToken("first-token")
		m.must(t, "systemctl", "restart", service)
		m.awaitSample(t, `realtimekit_report_up{app="`+appID+`",report="livestreams"} 1`)
		expectTokens(t, api, "second-token")
	})
	t.Run("comes back when it was killed", func(t *testing.T) {
		m.must(t, "systemctl", "kill", "--signal=KILL", service)
		eventually(t, func() error {
			if n := m.show(t, "NRestarts"); n != "1" {
				return fmt.Errorf("restarted %s times, want once", n)
			}
			return nil
		})
		m.awaitSample(t, `realtimekit_report_up{app="`+appID+`",report="livestreams"} 1`)
	})
	t.Run("stops well", func(t *testing.T) {
		m.must(t, "systemctl", "stop", service)
		for property, want := range map[string]string{"Result": "success", "ExecMainStatus": "0", "ActiveState": "inactive"} {
			if got := m.show(t, property); got != want {
				t.Errorf("%s is %s, want %s", property, got, want)
			}
		}
	})
}

// expectConfined looks at the process itself for what the unit's lines come to.
func (m *machine) expectConfined(t *testing.T, pid string) {
	t.Helper()
	status := m.must(t, "cat", "/proc/"+pid+"/status")
	for _, want := range []string{
		`Uid:(\s6[1-5]\d{3}){4}`, // of those that DynamicUser gives
		`CapPrm:\s0{16}`, `CapEff:\s0{16}`, `CapBnd:\s0{16}`, `CapAmb:\s0{16}`,
		`NoNewPrivs:\s1`, `Seccomp:\s2`, `Umask:\s0077`,
	} {
		if !regexp.MustCompile(`(?m)^` + want + `\b`).MatchString(status) {
			t.Errorf("the process has no %q:\n%s", want, status)
		}
	}
	mounts := m.must(t, "cat", "/proc/"+pid+"/mountinfo")
	for path, want := range map[string]string{"/": "ro", "/tmp": "rw", "/run/credentials/" + service: "ro"} {
		// The last mount on a path is what is seen.
		found := regexp.MustCompile(`(?m)^\S+ \S+ \S+ \S+ `+regexp.QuoteMeta(path)+` (\w+)`).FindAllStringSubmatch(mounts, -1)
		if len(found) == 0 || found[len(found)-1][1] != want {
			t.Errorf("%s: found %q, want it mounted %s:\n%s", path, found, want, mounts)
		}
	}
}

// awaitSample waits until a scrape has a line that begins so.
func (m *machine) awaitSample(t *testing.T, start string) {
	t.Helper()
	eventually(t, func() error {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://127.0.0.1:11780/metrics", nil)
		if err != nil {
			return err
		}
		resp, err := m.client().Do(req)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err == nil && !strings.Contains(string(body), "\n"+start) {
			err = fmt.Errorf("no %q in\n%s", start, body)
		}
		return err
	})
}

func expectTokens(t *testing.T, api *apitest.API, want string) {
	t.Helper()
	requests := api.Requests()
	if len(requests) == 0 {
		t.Fatal("nothing was asked")
	}
	if last := requests[len(requests)-1]; last.Token != want || last.Status != http.StatusOK {
		t.Errorf("asked with %q, answered %d; want %q and 200", last.Token, last.Status, want)
	}
}

// build builds the exporter as it is released.
func build(t *testing.T, to string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "build", "-C", "../../..", "-trimpath", "-buildvcs=false", "-o", to, "./cmd/realtimekit_exporter")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(to), 0o755), os.WriteFile(to, []byte(readFile(t, from)), 0o644)); err != nil {
		t.Fatal(err)
	}
}

// eventually polls until what is asked for has come about.
func eventually(t *testing.T, ask func() error) {
	t.Helper()
	deadline := time.After(30 * time.Second)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		err := ask()
		if err == nil {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("in vain: %v", err)
		}
	}
}
