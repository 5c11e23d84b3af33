package harness

import (
	"fmt"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
)

// The values in the configuration of every account, and names of metrics.
const (
	AccountID  = "023e105f4ecef8ad9ca31a8372d0c353"
	Token      = "e2e-token"
	WindowDays = 35

	Daily     = "realtimekit_livestream_daily_"
	DateStart = "realtimekit_date_start_timestamp_seconds"
)

// The apps of every account. Their names in the configuration are "name of " and
// this identifier.
const (
	Busy  = "busy-app"  // livestreams on most days, today too
	Quiet = "quiet-app" // livestreams on two days; none before, none since
	Empty = "empty-app" // no livestreams at all
)

// An Account is a simulated RealtimeKit account, served on a loopback address, and the
// configuration of an exporter for it. Its numbers do not change unless a test
// changes them.
type Account struct {
	API    *apitest.API
	URL    string
	today  time.Time
	Config string // path
	Apps   []string

	Reports string // value of the key reports; empty: the default
}

// NewAccount returns an account with the apps Busy, Quiet and Empty.
func NewAccount(t *testing.T) *Account {
	t.Helper()
	a := &Account{
		API:    apitest.New(time.Now),
		today:  time.Now().UTC().Truncate(24 * time.Hour),
		Config: filepath.Join(t.TempDir(), "config.yml"),
	}
	a.API.AddToken(Token, AccountID)
	a.API.AddApp(AccountID, Busy)
	a.API.SetDay(Busy, apitest.Day{Date: a.Date(0), Sessions: 3, IngestSeconds: 4_500, ViewerSeconds: 9_000_000_123})
	a.API.AddEmptyApp(AccountID, Quiet)
	a.API.SetDay(Quiet, apitest.Day{Date: a.Date(-6), Sessions: 1, IngestSeconds: 0, ViewerSeconds: 77})
	a.API.SetDay(Quiet, apitest.Day{Date: a.Date(-3), Sessions: 2, IngestSeconds: 600, ViewerSeconds: 1200})
	a.API.AddEmptyApp(AccountID, Empty)

	server := httptest.NewServer(a.API)
	t.Cleanup(server.Close)
	a.URL = server.URL
	a.Configure(t, Busy, Quiet, Empty)
	return a
}

// Configure writes a configuration with these apps.
func (a *Account) Configure(t *testing.T, apps ...string) {
	t.Helper()
	a.Apps = apps
	var b strings.Builder
	fmt.Fprintf(&b, "window_days: %d\napi:\n  base_url: %s/client/v4\n", WindowDays, a.URL)
	if a.Reports != "" {
		fmt.Fprintf(&b, "reports: %s\ncache: {live_ttl: 1s}\n", a.Reports)
	}
	fmt.Fprintf(&b, "accounts:\n- account_id: %s\n  api_token_file: token\n  apps:\n", AccountID)
	for _, app := range apps {
		fmt.Fprintf(&b, "  - {app_id: %s, name: name of %s}\n", app, app)
	}
	WriteFile(t, filepath.Join(filepath.Dir(a.Config), "token"), Token+"\n")
	WriteFile(t, a.Config, b.String())
}

// StartExporter starts an exporter for the account.
func (a *Account) StartExporter(t *testing.T, args ...string) *Process {
	t.Helper()
	return Start(t, "realtimekit_exporter",
		append([]string{"--config.file=" + a.Config, "--web.listen-address=127.0.0.1:0"}, args...)...)
}

// Day returns 00:00 UTC of the day n days after today.
func (a *Account) Day(n int) time.Time { return a.today.AddDate(0, 0, n) }

// Date returns the day n days after today as YYYY-MM-DD.
func (a *Account) Date(n int) string { return a.Day(n).Format(time.DateOnly) }

// Days returns the days of an app that the exporter must show for the current
// response of the API.
func (a *Account) Days(app string) []apitest.Day {
	return a.Fill(a.API.Days(app, a.Day(1-WindowDays), time.Now()))
}

// Fill returns the days that the exporter must show for the rows of a response, which
// are in order: the days without a row are 0, from the first row to today.
func (a *Account) Fill(rows []apitest.Day) (days []apitest.Day) {
	for n := 1 - WindowDays; n <= 0; n++ {
		switch {
		case len(rows) > 0 && rows[0].Date == a.Date(n):
			days, rows = append(days, rows[0]), rows[1:]
		case len(days) > 0:
			days = append(days, apitest.Day{Date: a.Date(n)})
		}
	}
	return days
}

// Samples returns the samples that the exporter must show for the current responses
// of the API.
func (a *Account) Samples() Samples {
	want := Samples{}
	for _, app := range a.Apps {
		for _, d := range a.Days(app) {
			for name, v := range Measures(d) {
				want[fmt.Sprintf("%s%s{app=%q, date=%q}", Daily, name, "name of "+app, d.Date)] = float64(v)
			}
		}
	}
	for n := 1 - WindowDays; n <= 0; n++ {
		want[fmt.Sprintf("%s{date=%q}", DateStart, a.Date(n))] = float64(a.Day(n).Unix())
	}
	return want
}

// Measures returns the numbers of a day. The keys are the names of the metrics without
// the prefix Daily.
func Measures(d apitest.Day) map[string]int64 {
	return map[string]int64{"sessions": d.Sessions, "ingest_seconds": d.IngestSeconds, "viewer_seconds": d.ViewerSeconds}
}

// Requests returns the number of requests that the API received, by app.
func (a *Account) Requests() map[string]int {
	n := map[string]int{}
	for _, r := range a.API.Requests() {
		n[r.AppID]++
	}
	return n
}

// ErrorBody returns the body of an error of Cloudflare's API.
func ErrorBody(code int, message string) string {
	return fmt.Sprintf(`{"success":false,"errors":[{"code":%d,"message":%q}],"messages":[],"result":null}`, code, message)
}
