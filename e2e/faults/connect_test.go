package e2e

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
)

// configureFor writes a configuration for an API at this address, with these
// lines of YAML in sections cache and api.
func (a *account) configureFor(t *testing.T, baseURL, cache, api string) {
	t.Helper()
	var apps []string
	for _, app := range a.apps {
		apps = append(apps, fmt.Sprintf("{app_id: %s, name: name of %[1]s}", app))
	}
	write(t, a.config, fmt.Sprintf("window_days: %d\ncache: {%s}\napi: {base_url: %q, %s}\n", windowDays, cache, baseURL+"/client/v4", api)+
		fmt.Sprintf("accounts:\n- {account_id: %s, api_token_file: token, apps: [%s]}\n", accountID, strings.Join(apps, ", ")))
}

// expectComplete scrapes until all apps are well.
func (a *account) expectComplete(t *testing.T, exporter *process) (got *scraped) {
	t.Helper()
	eventually(t, func() (err error) {
		if got, err = exporter.scrape(t.Context(), patience); err != nil {
			t.Fatal(err)
		}
		for _, app := range a.apps {
			err = errors.Join(err, got.complete("name of "+app, a.days(app)))
		}
		return err
	})
	return got
}

// expectFailing scrapes until all apps have failed, and looks at why and how,
// and that these days are still shown, of every app.
func (a *account) expectFailing(t *testing.T, exporter *process, reason, says string, want samples) {
	t.Helper()
	var got *scraped
	eventually(t, func() (err error) {
		if got, err = exporter.scrape(t.Context(), patience); err != nil {
			t.Fatal(err)
		}
		for _, app := range a.apps {
			if got.report("name of "+app, "up") != 0 {
				err = errors.New("still up: " + app)
			}
		}
		return err
	})
	shown := samples{}
	for _, app := range a.apps {
		name := "name of " + app
		maps.Copy(shown, got.daysOf(name))
		failures := got.failures(name)
		if failures[reason] == 0 || len(failures) != 1 {
			t.Errorf("%s failed %v, want %s", app, failures, reason)
		}
		eventually(t, func() error {
			lines := exporter.failed(name)
			if len(lines) != failures[reason] || strings.Count(strings.Join(lines, ""), says) != len(lines) {
				return fmt.Errorf("%d failures, want as many lines that say %q: %q", failures[reason], says, lines)
			}
			return nil
		})
	}
	if err := differ(shown, want); err != nil {
		t.Error(err)
	}
}

// What keeps a connection from coming about hits every app, so each has an
// exporter of its own. All of them were well before, and are well in the end.
func TestNoConnectionToTheAPIKeepsTheLastGoodDays(t *testing.T) {
	t.Parallel()
	const network = "no connection to the API, or it broke: "
	next := 0
	for name, test := range map[string]struct {
		fault        func(t *testing.T, d *door, stranger, other, expired tls.Certificate)
		reason, says string
	}{
		"connection refused": {
			fault:  func(_ *testing.T, d *door, _, _, _ tls.Certificate) { d.shut() },
			reason: "network", says: "connection refused",
		},
		"connection closed before a word": {
			fault:  func(t *testing.T, d *door, _, _, _ tls.Certificate) { t.Helper(); d.accept(t, true) },
			reason: "network", says: network,
		},
		"nobody speaks TLS, or anything": {
			fault:  func(t *testing.T, d *door, _, _, _ tls.Certificate) { t.Helper(); d.accept(t, false) },
			reason: "timeout", says: "no complete answer within api.timeout: the API or the way to it is slow",
		},
		"plain HTTP where TLS is expected": {
			fault: func(t *testing.T, d *door, _, _, _ tls.Certificate) {
				t.Helper()
				d.serve(t, statusFaults()["a 500"].answer)
			},
			reason: "network", says: network + "tls: first record does not look like a TLS handshake",
		},
		"a certificate of an unknown authority": {
			fault:  func(t *testing.T, d *door, stranger, _, _ tls.Certificate) { t.Helper(); d.serve(t, nil, stranger) },
			reason: "network", says: "tls: failed to verify certificate: x509: certificate signed by unknown authority",
		},
		"a certificate of another host": {
			fault:  func(t *testing.T, d *door, _, other, _ tls.Certificate) { t.Helper(); d.serve(t, nil, other) },
			reason: "network", says: "tls: failed to verify certificate: x509: certificate is valid for 127.0.0.9, not 127.0.1.",
		},
		"a certificate that has expired": {
			fault:  func(t *testing.T, d *door, _, _, expired tls.Certificate) { t.Helper(); d.serve(t, nil, expired) },
			reason: "network", says: "tls: failed to verify certificate: x509: certificate has expired or is not yet valid",
		},
	} {
		next++
		ip := fmt.Sprintf("127.0.1.%d", next)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, d := newAccount(t), newDoor(t, ip)
			year := time.Now().AddDate(0, 6, 0)
			good, trustGood := newCertificate(t, ip, year)
			stranger, _ := newCertificate(t, ip, year)
			other, trustOther := newCertificate(t, "127.0.0.9", year)
			expired, trustExpired := newCertificate(t, ip, time.Now().AddDate(0, 0, -1))
			write(t, filepath.Join(filepath.Dir(a.config), "ca.pem"), trustGood+trustOther+trustExpired)
			a.configureFor(t, "https://"+d.address, "ttl: 1s", "timeout: 2s, tls_config: {ca_file: ca.pem}")
			d.serve(t, a.api, good)
			exporter := a.startExporter(t)
			well := a.expectComplete(t, exporter)

			test.fault(t, d, stranger, other, expired)
			days := samples{}
			for _, app := range a.apps {
				maps.Copy(days, well.daysOf("name of "+app))
			}
			a.expectFailing(t, exporter, test.reason, test.says, days)

			d.serve(t, a.api, good)
			a.expectComplete(t, exporter)
		})
	}
}

func TestANameThatDoesNotResolveIsMendedByAReload(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	// A part of a name has 63 characters at most: this one does not exist, and no
	// name server is asked for it, or waited for.
	host := strings.Repeat("a", 64) + ".invalid"
	a.configureFor(t, "https://"+host, "ttl: 1s", "timeout: 2s")
	exporter := a.startExporter(t)
	a.expectFailing(t, exporter, "network", "lookup "+host+": no such host", samples{})

	a.configureFor(t, a.url, "ttl: 1s", "timeout: 2s")
	if err := exporter.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	a.expectComplete(t, exporter)
}
