package faults

import (
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness"
)

// Three accounts, of which two have the same token, and one slot for all.
func TestPause_AffectsOnlyTheTokenOfThe429(t *testing.T) {
	t.Parallel()
	const paused, twin, free = "paused", "twin", "free"
	apps := map[string]string{ // and their accounts
		"limited": paused, "beside": paused, "behind": paused,
		"elsewhere": twin, "unaffected": free, "unaffected-too": free,
	}
	a := harness.NewAccount(t)
	dir := filepath.Dir(a.Config)
	config := fmt.Sprintf("window_days: %d\ncache: {ttl: 1s}\napi: {base_url: %q, max_in_flight: 1}\naccounts:\n", harness.WindowDays, a.URL+"/client/v4")
	for _, account := range []string{paused, twin, free} {
		value := "secret-of-" + free
		if account != free {
			value = "shared-secret"
		}
		a.API.AddToken(value, account)
		a.API.AddToken("new-secret", account)
		harness.WriteFile(t, filepath.Join(dir, account), value)
		config += fmt.Sprintf("- {account_id: %s, api_token_file: %[1]s, apps: [", account)
		for app, of := range apps {
			if of == account {
				a.API.AddApp(account, app)
				a.API.SetDay(app, apitest.Day{Date: a.Date(0), Sessions: 1, IngestSeconds: 2, ViewerSeconds: 3})
				config += fmt.Sprintf("{app_id: %s}, ", app)
			}
		}
		config += "]}\n"
	}
	harness.WriteFile(t, a.Config, config)
	exporter := a.StartExporter(t)

	// scrape has every app be complete, but for those whose last request failed.
	scrape := func(up map[string]float64) *harness.Scrape {
		t.Helper()
		got, err := exporter.Scrape(t.Context(), harness.ScrapeTimeout)
		if err != nil {
			t.Fatal(err)
		}
		for app := range apps {
			if err := harness.Diff(got.DaysOf(app), harness.DaySamples(app, a.Days(app))); err != nil {
				t.Error(err)
			}
			if want, ok := up[app]; ok && got.Report(app, "up") != want {
				t.Errorf("report_up of %s is %v, want %v", app, got.Report(app, "up"), want)
			}
		}
		return got
	}
	blocked := func(got *harness.Scrape, account string) float64 {
		return got.Samples[fmt.Sprintf("realtimekit_exporter_api_blocked_until_timestamp_seconds{account_id=%q}", account)]
	}
	scrape(map[string]float64{"limited": 1, "beside": 1, "behind": 1, "elsewhere": 1, "unaffected": 1, "unaffected-too": 1})
	a.API.Override("limited", apitest.Status(429, http.Header{"Retry-After": {"3600"}}, harness.ErrorBody(971, "Please wait")))
	harness.Eventually(t, func() error {
		if blocked(scrape(nil), paused) == 0 {
			return errors.New("no pause yet")
		}
		return nil
	})

	up := map[string]float64{"limited": 0, "beside": 1, "behind": 1, "elsewhere": 1, "unaffected": 1, "unaffected-too": 1}
	before, since := a.Requests(), time.Now()
	harness.Eventually(t, func() error {
		got := scrape(up)
		if got.Took > harness.ScrapeTimeout/2 {
			t.Errorf("a scrape took %v, and nothing was worth waiting for", got.Took)
		}
		hour := harness.Seconds(since.Add(time.Hour))
		if one, two := blocked(got, paused), blocked(got, twin); one < hour-30 || one > hour || two < hour-30 || two > hour || blocked(got, free) != 0 {
			t.Errorf("paused until %v, %v and %v; want the first two to be %v", one, two, blocked(got, free), hour)
		}
		now := a.Requests()
		for app, account := range apps {
			if account != free && now[app] != before[app] {
				t.Errorf("%s was requested although its token is paused", app)
			}
		}
		if n := min(now["unaffected"]-before["unaffected"], now["unaffected-too"]-before["unaffected-too"]); n < 3 {
			return fmt.Errorf("those of another token were requested %d times", n)
		}
		return nil
	})

	// A new token is free, and the old one is not.
	a.API.Override("limited", nil)
	harness.WriteFile(t, filepath.Join(dir, paused), "new-secret")
	harness.Eventually(t, func() error {
		got := scrape(nil)
		if blocked(got, twin) == 0 {
			t.Error("the old token is no longer paused")
		}
		if blocked(got, paused) != 0 || got.Report("limited", "up") != 1 {
			return fmt.Errorf("paused until %v, report_up %v", blocked(got, paused), got.Report("limited", "up"))
		}
		return nil
	})
	if n := a.Requests()["elsewhere"]; n != before["elsewhere"] {
		t.Error("the twin was requested although its token is still paused")
	}
	if lines := exporter.Lines("level=warn"); len(lines) != 1 || !strings.Contains(lines[0], "too many requests") {
		t.Errorf("the log has %q", lines)
	}
}
