package faults

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness"
)

// wires are how the API is reached: the faults of a connection are others on each.
func wires() map[string]func(http.Handler) *httptest.Server {
	return map[string]func(http.Handler) *httptest.Server{
		"over HTTP/1.1": httptest.NewServer,
		"over HTTP/2 and TLS": func(h http.Handler) *httptest.Server {
			server := httptest.NewUnstartedServer(h)
			server.EnableHTTP2 = true
			server.StartTLS()
			return server
		},
	}
}

// All faults at once, each in an app of its own: all apps are healthy, then the faults
// begin and end. The healthy apps are compared at each scrape.
func TestFaults_AffectOnlyTheirApp(t *testing.T) {
	t.Parallel()
	for wire, serve := range wires() {
		t.Run(wire, func(t *testing.T) {
			t.Parallel()
			others := newOtherServers(t, serve)
			faults := map[string]fault{}
			for _, rows := range []map[string]fault{
				wireFaults(), statusFaults(), pauseFaults(), redirectFaults(others),
				envelopeFaults(), rowFaults(), numberFaults(), sizeFaults(),
			} {
				maps.Copy(faults, rows)
			}
			s := newScenario(t, faults, serve)
			before := s.scrape(t)
			began := time.Now()
			broken := s.breakDown(t)
			healed := s.heal(t)

			for i, name := range s.names {
				t.Run(name, func(t *testing.T) {
					if err := before.Complete(name, s.Days(s.id("app", i))); err != nil {
						t.Errorf("before: %v", err)
					}
					s.expect(t, i, began, broken, healed)
				})
			}
			for _, app := range []string{harness.Busy, harness.Quiet, harness.Empty} {
				if at := broken.Report("name of "+app, "last_success_timestamp_seconds"); at < harness.Seconds(began) {
					t.Errorf("%s was not requested since the faults began", app)
				}
			}
			if requested, counted := len(s.API.Requests()), healed.Total("realtimekit_exporter_api_requests_total"); counted != float64(requested) {
				t.Errorf("the exporter counts %v requests, the API %d", counted, requested)
			}
			if strings.Contains(s.exporter.Log.String(), "secret-of") {
				t.Error("a token is in the log")
			}
			for _, stray := range others.requests() {
				t.Errorf("a redirect was followed: %s", stray)
			}
			t.Logf("%d faults, %d requests", len(s.names), len(s.API.Requests()))
		})
	}
}

// expect checks one app: what was exposed, counted and logged while it was
// broken, and whether that has ended.
func (s *scenario) expect(t *testing.T, i int, began time.Time, broken, healed *harness.Scrape) {
	t.Helper()
	name, f := s.names[i], s.faults[s.names[i]]
	days := s.Days(s.id("app", i))
	if f.days != nil {
		days = f.days(s.Account)
	}
	wantUp, wantFailures := 1.0, map[string]int{}
	if f.reason != "" {
		// Each that got there since, and none twice.
		wantUp, wantFailures[f.reason] = 0, s.requested(i, began, broken.Received)
	}
	if got := broken.Report(name, "up"); got != wantUp {
		t.Errorf("report_up is %v, want %v", got, wantUp)
	}
	if at := broken.Report(name, "last_success_timestamp_seconds"); (at > harness.Seconds(began)) != (f.reason == "") {
		t.Errorf("the last success was at %v, and the faults began at %v", at, harness.Seconds(began))
	}
	if err := harness.Diff(broken.DaysOf(name), harness.DaySamples(name, days)); err != nil {
		t.Errorf("exposed while broken: %v", err)
	}
	if err := harness.Diff(broken.Failures(name), wantFailures); err != nil {
		t.Errorf("failures by reason: %v", err)
	}
	if err := harness.Diff(healed.Failures(name), wantFailures); err != nil {
		t.Errorf("failures by reason, once healed: %v", err)
	}
	if f.pause > 0 && s.requested(i, began, broken.Received) != 1 {
		t.Errorf("requested %d times, want once and then a pause", s.requested(i, began, broken.Received))
	}
	s.expectPause(t, i, began, broken, healed)
	if err := s.logged(i, wantFailures[f.reason]); err != nil {
		t.Error(err)
	}
}

// requested counts the requests for a fault's app in a span of time.
func (s *scenario) requested(i int, from, to time.Time) (n int) {
	for _, r := range s.requests(i) {
		if r.Time.After(from) && r.Time.Before(to) {
			n++
		}
	}
	return n
}

// logged returns what is wrong with the log lines of an app that failed n times.
func (s *scenario) logged(i, n int) error {
	text := strings.NewReplacer("{app}", s.id("app", i), "{account}", s.id("account", i)).Replace(s.faults[s.names[i]].text)
	lines := s.exporter.FailureLines(s.names[i])
	if len(lines) != n {
		return fmt.Errorf("%d log lines of %d failures: %q", len(lines), n, lines)
	}
	for _, line := range lines {
		if !strings.Contains(line, "level=warn") || !strings.Contains(line, text) {
			return errors.New("does not contain " + text + ": " + line)
		}
	}
	return nil
}

// expectPause compares the end of a token's pause with the Retry-After of the 429.
func (s *scenario) expectPause(t *testing.T, i int, began time.Time, broken, healed *harness.Scrape) {
	t.Helper()
	blocked := fmt.Sprintf("realtimekit_exporter_api_blocked_until_timestamp_seconds{account_id=%q}", s.id("account", i))
	pause := s.faults[s.names[i]].pause
	// A date has no fractions of a second.
	earliest, latest := began.Add(pause-time.Second), broken.Received.Add(pause)
	until := time.UnixMilli(int64(1000 * broken.Samples[blocked]))
	if pause > 0 && (until.Before(earliest) || until.After(latest)) {
		t.Errorf("paused until %v, want %v to %v", until, earliest, latest)
	}
	if s.faults[s.names[i]].reason != "rate_limited" && broken.Samples[blocked] != 0 {
		t.Errorf("paused until %v without a 429", until)
	}
	if healed.Samples[blocked] != 0 {
		t.Error("still paused after the fault")
	}
}
