package faults

import (
	"crypto/tls"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness"
)

// configureFor writes a configuration for an API at this address, with these
// lines of YAML in sections cache and api.
func configureFor(t *testing.T, a *harness.Account, baseURL, cache, api string) {
	t.Helper()
	var apps []string
	for _, app := range a.Apps {
		apps = append(apps, fmt.Sprintf("{app_id: %s, name: name of %[1]s}", app))
	}
	harness.WriteFile(t, a.Config, fmt.Sprintf("window_days: %d\ncache: {%s}\napi: {base_url: %q, %s}\n", harness.WindowDays, cache, baseURL+"/client/v4", api)+
		fmt.Sprintf("accounts:\n- {account_id: %s, api_token_file: token, apps: [%s]}\n", harness.AccountID, strings.Join(apps, ", ")))
}

// expectComplete scrapes until all apps are well.
func expectComplete(t *testing.T, a *harness.Account, exporter *harness.Process) (got *harness.Scrape) {
	t.Helper()
	harness.Eventually(t, func() (err error) {
		if got, err = exporter.Scrape(t.Context(), harness.ScrapeTimeout); err != nil {
			t.Fatal(err)
		}
		for _, app := range a.Apps {
			err = errors.Join(err, got.Complete("name of "+app, a.Days(app)))
		}
		return err
	})
	return got
}

// expectFailing scrapes until all apps have failed, and checks the reasons, the log,
// and that these days of every app are still exposed.
func expectFailing(t *testing.T, a *harness.Account, exporter *harness.Process, reason, text string, want harness.Samples) {
	t.Helper()
	var got *harness.Scrape
	harness.Eventually(t, func() (err error) {
		if got, err = exporter.Scrape(t.Context(), harness.ScrapeTimeout); err != nil {
			t.Fatal(err)
		}
		for _, app := range a.Apps {
			if got.Report("name of "+app, "up") != 0 {
				err = errors.New("still up: " + app)
			}
		}
		return err
	})
	shown := harness.Samples{}
	for _, app := range a.Apps {
		name := "name of " + app
		maps.Copy(shown, got.DaysOf(name))
		failures := got.Failures(name)
		if failures[reason] == 0 || len(failures) != 1 {
			t.Errorf("%s failed %v, want %s", app, failures, reason)
		}
		harness.Eventually(t, func() error {
			lines := exporter.FailureLines(name)
			if len(lines) != failures[reason] || strings.Count(strings.Join(lines, ""), text) != len(lines) {
				return fmt.Errorf("%d failures, want as many lines with %q: %q", failures[reason], text, lines)
			}
			return nil
		})
	}
	if err := harness.Diff(shown, want); err != nil {
		t.Error(err)
	}
}

// A failed connection affects every app, so each failure has a separate exporter. All
// exporters are healthy before and afterwards.
func TestConnection_FailureKeepsTheLastGoodDays(t *testing.T) {
	t.Parallel()
	const network = "the connection to the API failed: "
	next := 0
	for name, test := range map[string]struct {
		fault        func(t *testing.T, d *switchableServer, stranger, other, expired tls.Certificate)
		reason, text string
	}{
		"connection refused": {
			fault:  func(_ *testing.T, d *switchableServer, _, _, _ tls.Certificate) { d.stop() },
			reason: "network", text: "connection refused",
		},
		"connection closed before a word": {
			fault:  func(t *testing.T, d *switchableServer, _, _, _ tls.Certificate) { t.Helper(); d.accept(t, true) },
			reason: "network", text: network,
		},
		"nobody speaks TLS, or anything": {
			fault:  func(t *testing.T, d *switchableServer, _, _, _ tls.Certificate) { t.Helper(); d.accept(t, false) },
			reason: "timeout", text: "no complete response within api.timeout: the API or the network path is slow",
		},
		"plain HTTP where TLS is expected": {
			fault: func(t *testing.T, d *switchableServer, _, _, _ tls.Certificate) {
				t.Helper()
				d.serve(t, statusFaults()["a 500"].response)
			},
			reason: "network", text: network + "tls: first record does not look like a TLS handshake",
		},
		"a certificate of an unknown authority": {
			fault: func(t *testing.T, d *switchableServer, stranger, _, _ tls.Certificate) {
				t.Helper()
				d.serve(t, nil, stranger)
			},
			reason: "network", text: "tls: failed to verify certificate: x509: certificate signed by unknown authority",
		},
		"a certificate of another host": {
			fault: func(t *testing.T, d *switchableServer, _, other, _ tls.Certificate) {
				t.Helper()
				d.serve(t, nil, other)
			},
			reason: "network", text: "tls: failed to verify certificate: x509: certificate is not valid for 127.0.1.",
		},
		"a certificate that has expired": {
			fault: func(t *testing.T, d *switchableServer, _, _, expired tls.Certificate) {
				t.Helper()
				d.serve(t, nil, expired)
			},
			reason: "network", text: "tls: failed to verify certificate: x509: certificate has expired or is not yet valid",
		},
	} {
		next++
		ip := fmt.Sprintf("127.0.1.%d", next)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, d := harness.NewAccount(t), newSwitchableServer(t, ip)
			year := time.Now().AddDate(0, 6, 0)
			good, trustGood := newCertificate(t, ip, year)
			stranger, _ := newCertificate(t, ip, year)
			other, trustOther := newCertificate(t, "127.0.0.9", year)
			expired, trustExpired := newCertificate(t, ip, time.Now().AddDate(0, 0, -1))
			harness.WriteFile(t, filepath.Join(filepath.Dir(a.Config), "ca.pem"), trustGood+trustOther+trustExpired)
			configureFor(t, a, "https://"+d.address, "ttl: 1s", "timeout: 2s, tls_config: {ca_file: ca.pem}")
			d.serve(t, a.API, good)
			exporter := a.StartExporter(t)
			well := expectComplete(t, a, exporter)

			test.fault(t, d, stranger, other, expired)
			days := harness.Samples{}
			for _, app := range a.Apps {
				maps.Copy(days, well.DaysOf("name of "+app))
			}
			expectFailing(t, a, exporter, test.reason, test.text, days)

			d.serve(t, a.API, good)
			expectComplete(t, a, exporter)
		})
	}
}

func TestConnection_ReloadReplacesUnresolvableName(t *testing.T) {
	t.Parallel()
	a := harness.NewAccount(t)
	// A part of a name has 63 characters at most: this one does not exist, and no
	// name server is contacted.
	host := strings.Repeat("a", 64) + ".invalid"
	configureFor(t, a, "https://"+host, "ttl: 1s", "timeout: 2s")
	exporter := a.StartExporter(t)
	expectFailing(t, a, exporter, "network", "lookup "+host+": no such host", harness.Samples{})

	configureFor(t, a, a.URL, "ttl: 1s", "timeout: 2s")
	exporter.Signal(t, syscall.SIGHUP)
	expectComplete(t, a, exporter)
}
