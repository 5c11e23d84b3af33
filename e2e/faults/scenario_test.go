package faults

import (
	"encoding/pem"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness"
)

// A fault is a way in which the API responds, and the expected effect.
type fault struct {
	response http.Handler
	reason   string                               // of the failure; "" if there is none
	text     string                               // in its log line; {app} and {account} are replaced by the identifiers
	pause    time.Duration                        // of a 429
	days     func(*harness.Account) []apitest.Day // that are exposed after a valid response; nil: those of before
}

const apiTimeout = 2 * time.Second // so that the exporter sees the end of every request

// A scenario is an exporter with an app for each fault and the healthy apps of an
// account. Each fault has its own account and token, so that a pause affects no other.
type scenario struct {
	*harness.Account
	exporter *harness.Process
	faults   map[string]fault
	names    []string // of the faults, which are those of their apps
}

func newScenario(t *testing.T, faults map[string]fault, serve func(http.Handler) *httptest.Server) *scenario {
	t.Helper()
	s := &scenario{Account: harness.NewAccount(t), faults: faults, names: slices.Sorted(maps.Keys(faults))}
	server := serve(s.API)
	t.Cleanup(server.Close)
	dir := filepath.Dir(s.Config)

	var b strings.Builder
	fmt.Fprintf(&b, "window_days: %d\ncache: {ttl: 1s}\napi:\n  base_url: %s/client/v4\n", harness.WindowDays, server.URL)
	fmt.Fprintf(&b, "  timeout: %s\n  max_in_flight: 64\n  rate_limit: {requests: 1000, per: 10s}\n", apiTimeout)
	if server.TLS != nil {
		harness.WriteFile(t, filepath.Join(dir, "ca.pem"), certificate(server))
		b.WriteString("  tls_config: {ca_file: ca.pem}\n")
	}
	fmt.Fprintf(&b, "accounts:\n- account_id: %s\n  api_token_file: token\n  apps:\n", harness.AccountID)
	for _, app := range s.Apps {
		fmt.Fprintf(&b, "  - {app_id: %s, name: name of %[1]s}\n", app)
	}
	for i, name := range s.names {
		app := s.id("app", i)
		s.API.AddApp(s.id("account", i), app)
		s.API.SetDay(app, apitest.Day{Date: s.Date(0), Sessions: int64(i) + 1, IngestSeconds: 60, ViewerSeconds: 1 << 40})
		s.rotate(t, i, "first")
		fmt.Fprintf(&b, "- account_id: %s\n  api_token_file: %s\n  apps: [{app_id: %s, name: %q}]\n", s.id("account", i), s.id("token", i), app, name)
	}
	harness.WriteFile(t, s.Config, b.String())
	s.exporter = s.StartExporter(t, harness.LongOffset)
	return s
}

// certificate is the certificate of a TLS server, as a file for ca_file.
func certificate(server *httptest.Server) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))
}

// id is the identifier of a fault's app or account, and the file of its token.
func (s *scenario) id(what string, i int) string { return fmt.Sprintf("%s-%03d", what, i) }

// rotate puts a new token in place of the one before.
func (s *scenario) rotate(t *testing.T, i int, version string) {
	t.Helper()
	value := s.id(version+"-secret-of", i)
	s.API.AddToken(value, s.id("account", i))
	harness.WriteFile(t, filepath.Join(filepath.Dir(s.Config), s.id("token", i)), value+"\n")
}

// scrape scrapes the exporter, and checks that the healthy apps are complete.
func (s *scenario) scrape(t *testing.T) *harness.Scrape {
	t.Helper()
	got, err := s.exporter.Scrape(t.Context(), harness.ScrapeTimeout)
	if err != nil {
		t.Fatal(err)
	}
	for _, app := range []string{harness.Busy, harness.Quiet, harness.Empty} {
		if err := got.Complete("name of "+app, s.Days(app)); err != nil {
			t.Error(err)
		}
	}
	return got
}

// breakDown starts the faults, and returns a scrape after each app had two requests, or
// one if its token is paused.
func (s *scenario) breakDown(t *testing.T) *harness.Scrape {
	t.Helper()
	for i, name := range s.names {
		s.API.Override(s.id("app", i), s.faults[name].response)
	}
	var got *harness.Scrape
	harness.Eventually(t, func() error {
		got = s.scrape(t)
		for i, name := range s.names {
			f, requested := s.faults[name], len(s.requests(i))-1
			if requested < 2 && (f.pause == 0 || requested < 1) {
				return errors.New("not requested often enough: " + name)
			}
		}
		return nil
	})
	return got
}

// heal ends the faults. Paused accounts get a new token.
func (s *scenario) heal(t *testing.T) *harness.Scrape {
	t.Helper()
	for i, name := range s.names {
		s.API.Override(s.id("app", i), nil)
		if s.faults[name].pause > 0 {
			s.rotate(t, i, "second")
		}
	}
	var got *harness.Scrape
	harness.Eventually(t, func() (err error) {
		got = s.scrape(t)
		for i, name := range s.names {
			err = errors.Join(err, got.Complete(name, s.Days(s.id("app", i))))
		}
		return err
	})
	return got
}

// requests returns the requests for a fault's app, of which the first was before the
// fault.
func (s *scenario) requests(i int) (of []apitest.Request) {
	for _, r := range s.API.Requests() {
		if r.AppID == s.id("app", i) {
			of = append(of, r)
		}
	}
	return of
}
