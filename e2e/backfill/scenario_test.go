package backfill

import (
	"fmt"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness"
)

// firstDay is the first day that is backfilled. Days are counted from today, which is 0.
const firstDay = -200

// An app is an app of the account: its livestreams depend on the day alone.
type app struct {
	id, name string
	first    int            // day with a livestream
	streams  func(int) bool // whether there are livestreams on a day, from the first one on
}

func apps() []app {
	return []app{
		{"daily", "daily", -400, func(int) bool { return true }},
		{"weekly", `weekly "show" \ ü`, firstDay + 3, func(n int) bool { return (n-firstDay-3)%7 == 0 }},
		{"paused", "paused", firstDay, func(n int) bool { return n < -130 || n > -60 }}, // for more than two requests
		{"late", "late", -77, func(n int) bool { return n%2 != 0 }},
		{"gone", "gone", -180, func(n int) bool { return n <= -150 }},
	}
}

// of returns the API's row of a day; empty on a day without livestreams.
func (a app) of(n int, date string) apitest.Day {
	d := apitest.Day{Date: date}
	if n >= a.first && a.streams(n) {
		k := int64(n + 1000)
		d = apitest.Day{Date: date, Sessions: k % 9, IngestSeconds: 60 * k, ViewerSeconds: 9_007_199_254 + k*k}
	}
	return d
}

// A scenario is an account and the configuration of an exporter for it.
type scenario struct {
	api    *apitest.API
	today  time.Time
	config string
}

func newScenario(t *testing.T) *scenario {
	t.Helper()
	s := &scenario{
		api:    apitest.New(time.Now),
		today:  time.Now().UTC().Truncate(24 * time.Hour),
		config: filepath.Join(t.TempDir(), "config.yml"),
	}
	s.api.AddToken(harness.Token, harness.AccountID)
	var list strings.Builder
	for _, a := range apps() {
		s.api.AddEmptyApp(harness.AccountID, a.id)
		for n := 2 * firstDay; n <= 0; n++ {
			s.api.SetDay(a.id, a.of(n, s.date(n)))
		}
		fmt.Fprintf(&list, "  - {app_id: %s, name: '%s'}\n", a.id, a.name)
	}
	server := httptest.NewServer(s.api)
	t.Cleanup(server.Close)
	harness.WriteFile(t, s.config, fmt.Sprintf("window_days: %d\napi: {base_url: %s/client/v4}\naccounts:\n- account_id: %s\n  api_token: %s\n  apps:\n%s",
		harness.WindowDays, server.URL, harness.AccountID, harness.Token, &list))
	return s
}

func (s *scenario) midnight(n int) time.Time { return s.today.AddDate(0, 0, n) }
func (s *scenario) date(n int) string        { return s.midnight(n).Format(time.DateOnly) }

// want returns the expected result of the daily query for a measure: the API's numbers
// from the first requested day. Days that were recorded before have the recorded numbers.
func (s *scenario) want(measure string, recorded map[int]float64) map[string]float64 {
	want := map[string]float64{}
	for _, a := range apps() {
		for n := max(firstDay, a.first); n <= 0; n++ {
			if n > -2 && a.id == "gone" {
				continue // the responses of the window have no row
			}
			v := float64(harness.Measures(a.of(n, s.date(n)))[measure])
			if r, ok := recorded[n]; ok && a.id == "daily" {
				v = r
			}
			want[a.name+" at "+s.midnight(n).Format(time.RFC3339)] = v
		}
	}
	return want
}
