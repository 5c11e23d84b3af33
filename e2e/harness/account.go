package e2e

import (
	"fmt"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
)

const (
	accountID  = "023e105f4ecef8ad9ca31a8372d0c353"
	token      = "e2e-token"
	windowDays = 35

	daily     = "realtimekit_livestream_daily_"
	dateStart = "realtimekit_date_start_timestamp_seconds"
)

// The apps that every account has. What they are called in the configuration is
// "name of " and this.
const (
	busy  = "busy-app"  // livestreams on most days, today too
	quiet = "quiet-app" // livestreams on two days; none before, none since
	empty = "empty-app" // no livestreams at all
)

// An account is a simulated RealtimeKit account behind a socket, and an
// exporter's configuration for it. Its numbers stand still, as those of today
// otherwise don't.
type account struct {
	api    *apitest.API
	url    string
	today  time.Time
	config string // path
	apps   []string
}

func newAccount(t *testing.T) *account {
	t.Helper()
	a := &account{
		api:    apitest.New(time.Now),
		today:  time.Now().UTC().Truncate(24 * time.Hour),
		config: filepath.Join(t.TempDir(), "config.yml"),
	}
	a.api.AddToken(token, accountID)
	a.api.AddApp(accountID, busy)
	a.api.SetDay(busy, apitest.Day{Date: a.date(0), Sessions: 3, IngestSeconds: 4_500, ViewerSeconds: 9_000_000_123})
	a.api.AddEmptyApp(accountID, quiet)
	a.api.SetDay(quiet, apitest.Day{Date: a.date(-6), Sessions: 1, IngestSeconds: 0, ViewerSeconds: 77})
	a.api.SetDay(quiet, apitest.Day{Date: a.date(-3), Sessions: 2, IngestSeconds: 600, ViewerSeconds: 1200})
	a.api.AddEmptyApp(accountID, empty)

	server := httptest.NewServer(a.api)
	t.Cleanup(server.Close)
	a.url = server.URL
	a.configure(t, busy, quiet, empty)
	return a
}

// configure writes the configuration.
func (a *account) configure(t *testing.T, apps ...string) {
	t.Helper()
	a.apps = apps
	var b strings.Builder
	fmt.Fprintf(&b, "window_days: %d\napi:\n  base_url: %s/client/v4\n", windowDays, a.url)
	fmt.Fprintf(&b, "accounts:\n- account_id: %s\n  api_token_file: token\n  apps:\n", accountID)
	for _, app := range apps {
		fmt.Fprintf(&b, "  - {app_id: %s, name: name of %s}\n", app, app)
	}
	write(t, filepath.Join(filepath.Dir(a.config), "token"), token+"\n")
	write(t, a.config, b.String())
}

// startExporter runs an exporter for the account.
func (a *account) startExporter(t *testing.T, args ...string) *process {
	t.Helper()
	return start(t, "realtimekit_exporter",
		append([]string{"--config.file=" + a.config, "--web.listen-address=127.0.0.1:0"}, args...)...)
}

// day returns 00:00 UTC of today and the given number of days.
func (a *account) day(n int) time.Time { return a.today.AddDate(0, 0, n) }

func (a *account) date(n int) string { return a.day(n).Format(time.DateOnly) }

// days returns what is to be shown of an app, by what the API says of it now.
func (a *account) days(app string) []apitest.Day {
	return a.fill(a.api.Days(app, a.day(1-windowDays), time.Now()))
}

// fill returns what is to be shown for an answer's rows, which are in order: zeros
// for the days without one, from the first row to today.
func (a *account) fill(rows []apitest.Day) (days []apitest.Day) {
	for n := 1 - windowDays; n <= 0; n++ {
		switch {
		case len(rows) > 0 && rows[0].Date == a.date(n):
			days, rows = append(days, rows[0]), rows[1:]
		case len(days) > 0:
			days = append(days, apitest.Day{Date: a.date(n)})
		}
	}
	return days
}

// shown returns the samples that Prometheus has to have for what the API says.
func (a *account) shown() samples {
	want := samples{}
	for _, app := range a.apps {
		for _, d := range a.days(app) {
			for name, v := range measures(d) {
				want[fmt.Sprintf("%s%s{app=%q, date=%q}", daily, name, "name of "+app, d.Date)] = float64(v)
			}
		}
	}
	for n := 1 - windowDays; n <= 0; n++ {
		want[fmt.Sprintf("%s{date=%q}", dateStart, a.date(n))] = float64(a.day(n).Unix())
	}
	return want
}

// measures of a day, by what follows the prefix in a metric's name.
func measures(d apitest.Day) map[string]int64 {
	return map[string]int64{"sessions": d.Sessions, "ingest_seconds": d.IngestSeconds, "viewer_seconds": d.ViewerSeconds}
}

// requests counts the requests that the API got, by app.
func (a *account) requests() map[string]int {
	n := map[string]int{}
	for _, r := range a.api.Requests() {
		n[r.AppID]++
	}
	return n
}
