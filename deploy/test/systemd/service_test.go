package systemd

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
	"github.com/realtimekit-exporter/realtimekit_exporter/deploy/test/internal/program"
)

const (
	service    = "realtimekit_exporter.service"
	unitFile   = "../../systemd/" + service
	configPath = "/etc/realtimekit_exporter/config.yml"
	accountID  = "023e105f4ecef8ad9ca31a8372d0c353"
	appID      = "5f0a7c1e-3b54-4d3e-9d3f-2a1b6c7d8e9f"
	apiAddress = "127.0.0.1:8080"
)

// The life cycle of the service, on one machine.
func TestService_RunsUnderSystemd(t *testing.T) {
	m := boot(t, "")
	follow := func(t *testing.T, block, stdin string) {
		t.Helper()
		if err := m.follow(t, block, stdin); err != nil {
			t.Fatal(err)
		}
	}
	api := apitest.New(time.Now)
	api.AddToken("first-token", accountID)
	api.AddApp(accountID, appID)
	api.AddApp(accountID, "second-app")
	m.serve(t, apiAddress, api)

	follow(t, "systemd-install", "")
	config := strings.Replace(m.must(t, "cat", configPath), "cache:\n", "cache:\n  ttl: 1s\n", 1) + "\napi:\n  base_url: http://" + apiAddress + "\n"
	m.configure(t, config)

	t.Run("not without the token's file", func(t *testing.T) {
		err := m.follow(t, "systemd-start", "")
		if status := m.show(t, "ExecMainStatus"); err == nil || status != "243" {
			t.Errorf("started with status %s (%v), want 243 (credentials)", status, err)
		}
		m.must(t, "systemctl", "stop", service)
	})

	follow(t, "systemd-token", "first-token\n")
	follow(t, "systemd-start", "")
	main := m.show(t, "MainPID")

	t.Run("exposes the values of the API, with a token that only root may read", func(t *testing.T) {
		m.awaitSample(t, `realtimekit_report_up{app="main-stage",report="livestreams"} 1`)
		m.awaitSample(t, `realtimekit_livestream_daily_sessions{app="main-stage",`)
		m.awaitSample(t, `process_start_time_seconds `)
		m.awaitSample(t, `process_resident_memory_bytes `)
	})
	t.Run("--config.check accepts its configuration", func(t *testing.T) {
		follow(t, "systemd-check", "")
	})
	t.Run("verify requests its app", func(t *testing.T) {
		if got := m.must(t, "realtimekit_exporter", "verify", "--config.file="+configPath); !strings.Contains(got, "sums equal the API's totals") {
			t.Errorf("got %s", got)
		}
	})
	t.Run("is confined", func(t *testing.T) { m.expectConfined(t, main) })

	t.Run("a reload brings another app in", func(t *testing.T) {
		m.configure(t, strings.Replace(config, "    apps:\n", "    apps:\n      - app_id: second-app\n", 1))
		follow(t, "systemd-reload", "")
		m.awaitSample(t, `realtimekit_report_up{app="second-app",report="livestreams"} 1`)
	})
	t.Run("an invalid reload changes nothing, and the journal has the reason", func(t *testing.T) {
		m.configure(t, strings.Replace(config, "accounts:", "acounts:", 1))
		m.must(t, "systemctl", "reload", service)
		m.awaitSample(t, "realtimekit_exporter_config_last_reload_successful 0")
		m.awaitSample(t, `realtimekit_report_up{app="second-app",report="livestreams"} 1`)
		program.Eventually(t, func() error {
			if journal := m.must(t, "journalctl", "--no-pager", "--unit="+service); !strings.Contains(journal, "acounts") {
				return errors.New("the journal does not have it: " + journal)
			}
			return nil
		})
		m.configure(t, config)
		m.must(t, "systemctl", "reload", service)
		m.awaitSample(t, "realtimekit_exporter_config_last_reload_successful 1")
	})
	if now := m.show(t, "MainPID"); now != main {
		t.Errorf("reloads made process %s of process %s", now, main)
	}

	t.Run("a rotated token takes a restart", func(t *testing.T) {
		api.AddToken("second-token", accountID)
		api.ResetRequests()
		follow(t, "systemd-token", "second-token\n")
		m.configure(t, strings.Replace(config, "name: main-stage", "filters: a", 1)) // starts new requests
		m.must(t, "systemctl", "reload", service)
		m.awaitSample(t, `realtimekit_report_up{app="`+appID+`",report="livestreams"} 1`)
		if err := lastToken(api, "first-token"); err != nil {
			t.Error(err)
		}
		api.RemoveToken("first-token")
		follow(t, "systemd-rotate", "second-token\n")
		program.Eventually(t, func() error { // the response of before may not be due yet
			m.awaitSample(t, `realtimekit_report_up{app="`+appID+`",report="livestreams"} 1`)
			return lastToken(api, "second-token")
		})
	})
	t.Run("an upgrade replaces the program that runs", func(t *testing.T) {
		before := m.show(t, "MainPID")
		follow(t, "systemd-upgrade", "")
		if m.show(t, "MainPID") == before {
			t.Error("the process before still runs")
		}
		m.awaitSample(t, `realtimekit_report_up{app="`+appID+`",report="livestreams"} 1`)
	})
	t.Run("listens on this host alone, if configured", func(t *testing.T) {
		follow(t, "systemd-loopback", "")
		m.awaitSample(t, `realtimekit_report_up{app="`+appID+`",report="livestreams"} 1`)
		// 127.0.0.1:11780, and no other address of that port, of either family.
		sockets := m.must(t, "cat", "/proc/net/tcp", "/proc/net/tcp6")
		if got := regexp.MustCompile(`(\w+):2E04 0+:0000 0A`).FindAllStringSubmatch(sockets, -1); len(got) != 1 || got[0][1] != "0100007F" {
			t.Errorf("it listens on %q:\n%s", got, sockets)
		}
	})
	t.Run("keeps its responses when it was killed", func(t *testing.T) {
		m.awaitSample(t, "realtimekit_exporter_cache_storage_up 1")
		m.must(t, "systemctl", "restart", service) // writes what is known, and reads it
		api.Override(appID, apitest.Hang())
		defer api.Override(appID, nil)
		m.must(t, "systemctl", "kill", "--signal=KILL", service)
		program.Eventually(t, func() error {
			if n := m.show(t, "NRestarts"); n != "1" {
				return errors.New("restarted " + n + " times")
			}
			return nil
		})
		m.awaitSample(t, `realtimekit_livestream_daily_sessions{app="`+appID+`",`)
		m.must(t, "systemctl", "restart", service) // NRestarts counts from 0
	})
	t.Run("comes back when it was killed", func(t *testing.T) {
		// After a TERM it ends with status 0, which is no failure to systemd.
		for i, signal := range []string{"KILL", "TERM"} {
			m.must(t, "systemctl", "kill", "--signal="+signal, service)
			want := strconv.Itoa(i + 1)
			program.Eventually(t, func() error {
				if n := m.show(t, "NRestarts"); n != want {
					return fmt.Errorf("restarted %s times after a SIG%s, want %s", n, signal, want)
				}
				return nil
			})
			m.awaitSample(t, `realtimekit_report_up{app="`+appID+`",report="livestreams"} 1`)
		}
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

// expectConfined checks the effect of the unit's settings on the process.
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

// lastToken returns an error unless the last request had this token and succeeded.
func lastToken(api *apitest.API, want string) error {
	requests := api.Requests()
	if len(requests) == 0 {
		return errors.New("there was no request")
	}
	if last := requests[len(requests)-1]; last.Token != want || last.Status != http.StatusOK {
		return fmt.Errorf("request with %q, response %d; want %q and 200", last.Token, last.Status, want)
	}
	return nil
}
