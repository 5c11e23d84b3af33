package e2e

import (
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
)

// Three accounts, of which two have the same token, and one slot for all.
func TestA429PausesItsTokenAndNoOtherAndHoldsNoSlot(t *testing.T) {
	t.Parallel()
	const paused, twin, free = "paused", "twin", "free"
	apps := map[string]string{ // and their accounts
		"limited": paused, "beside": paused, "behind": paused,
		"elsewhere": twin, "unaffected": free, "unaffected-too": free,
	}
	a := newAccount(t)
	dir := filepath.Dir(a.config)
	config := fmt.Sprintf("window_days: %d\ncache: {ttl: 1s}\napi: {base_url: %q, max_in_flight: 1}\naccounts:\n", windowDays, a.url+"/client/v4")
	for _, account := range []string{paused, twin, free} {
		value := "secret-of-" + free
		if account != free {
			value = "shared-secret"
		}
		a.api.AddToken(value, account)
		a.api.AddToken("new-secret", account)
		write(t, filepath.Join(dir, account), value)
		config += fmt.Sprintf("- {account_id: %s, api_token_file: %[1]s, apps: [", account)
		for app, of := range apps {
			if of == account {
				a.api.AddApp(account, app)
				a.api.SetDay(app, apitest.Day{Date: a.date(0), Sessions: 1, IngestSeconds: 2, ViewerSeconds: 3})
				config += fmt.Sprintf("{app_id: %s}, ", app)
			}
		}
		config += "]}\n"
	}
	write(t, a.config, config)
	exporter := a.startExporter(t)

	// scrape has every app be complete, but for those whose last request failed.
	scrape := func(up map[string]float64) *scraped {
		t.Helper()
		got, err := exporter.scrape(t.Context(), patience)
		if err != nil {
			t.Fatal(err)
		}
		for app := range apps {
			if err := differ(got.daysOf(app), shownAs(app, a.days(app))); err != nil {
				t.Error(err)
			}
			if want, ok := up[app]; ok && got.report(app, "up") != want {
				t.Errorf("report_up of %s is %v, want %v", app, got.report(app, "up"), want)
			}
		}
		return got
	}
	blocked := func(got *scraped, account string) float64 {
		return got.samples[fmt.Sprintf("realtimekit_exporter_api_blocked_until_timestamp_seconds{account_id=%q}", account)]
	}
	scrape(map[string]float64{"limited": 1, "beside": 1, "behind": 1, "elsewhere": 1, "unaffected": 1, "unaffected-too": 1})
	a.api.Override("limited", apitest.Status(429, http.Header{"Retry-After": {"3600"}}, errorBody(971, "Please wait")))
	eventually(t, func() error {
		if blocked(scrape(nil), paused) == 0 {
			return errors.New("no pause yet")
		}
		return nil
	})

	up := map[string]float64{"limited": 0, "beside": 1, "behind": 1, "elsewhere": 1, "unaffected": 1, "unaffected-too": 1}
	before, since := a.requests(), time.Now()
	eventually(t, func() error {
		got := scrape(up)
		if got.waiting > patience/2 {
			t.Errorf("a scrape took %v, and nothing was worth waiting for", got.waiting)
		}
		hour := seconds(since.Add(time.Hour))
		if one, two := blocked(got, paused), blocked(got, twin); one < hour-30 || one > hour || two < hour-30 || two > hour || blocked(got, free) != 0 {
			t.Errorf("quiet until %v, %v and %v; want the first two to be %v", one, two, blocked(got, free), hour)
		}
		now := a.requests()
		for app, account := range apps {
			if account != free && now[app] != before[app] {
				t.Errorf("%s was asked for although its token is paused", app)
			}
		}
		if n := min(now["unaffected"]-before["unaffected"], now["unaffected-too"]-before["unaffected-too"]); n < 3 {
			return fmt.Errorf("those of another token were asked for %d times", n)
		}
		return nil
	})

	// A new token is free, and the old one is not.
	a.api.Override("limited", nil)
	write(t, filepath.Join(dir, paused), "new-secret")
	eventually(t, func() error {
		got := scrape(nil)
		if blocked(got, paused) != 0 || blocked(got, twin) == 0 {
			t.Errorf("quiet until %v and %v", blocked(got, paused), blocked(got, twin))
		}
		if got.report("limited", "up") != 1 {
			return errors.New("not up again")
		}
		return nil
	})
	if n := a.requests()["elsewhere"]; n != before["elsewhere"] {
		t.Error("the twin was asked for although its token is still paused")
	}
	if lines := exporter.lines("level=warn"); len(lines) != 1 || !strings.Contains(lines[0], "too many requests") {
		t.Errorf("the log says %q", lines)
	}
}
