package grafana

import (
	"fmt"
	"math"
	"net/url"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/grafana/scenario"
)

const (
	busy    = "demo-main-stage"
	hostile = `a "b" (c|d) [e]{2}.*$^? \ / ü'` // a name with everything that means something to PromQL, but & # + and %
	rare    = "007"                            // a name that looks like a number
	noRows  = "no-livestreams"
	day     = 24 * time.Hour
)

// streams is two replicas, the second with larger viewer seconds, that were both
// away for two days. They fetch at every scrape, so that all values are known.
func streams() *scenario.Scenario {
	now := scenario.Now()
	away := now.AddDate(0, 0, -50).Truncate(day)
	return &scenario.Scenario{Name: "streams", Start: now.AddDate(0, 0, -62), Now: now, Instances: []string{"a:11780", "b:11780"}, TTL: time.Second,
		Apps:        []scenario.App{{ID: busy, Name: busy}, {ID: "demo-late-night", Name: hostile}, {ID: rare, Name: rare}, {ID: noRows, Name: noRows}},
		WithoutRows: []string{noRows}, Recorded: true,
		OnlyOn: map[string][]apitest.Day{rare: {{Date: "2026-11-08", Sessions: 2, IngestSeconds: 5400}}},
		Away:   func(_ string, at time.Time) bool { return !at.Before(away) && at.Before(away.Add(2*day)) },
		Differs: func(instance, _ string, _ time.Time) int64 {
			if instance == "b:11780" {
				return 60
			}
			return 0
		},
		Times: hourly}
}

// hourly are scrapes every hour, and at the times that panels about now compare.
func hourly(start, now time.Time) (times []time.Time) {
	for at := start.Truncate(time.Hour).Add(58 * time.Minute); at.Before(now.Add(-time.Hour)); at = at.Add(time.Hour) {
		times = append(times, at)
	}
	for _, ago := range []int{0, 1, 7, 30} {
		times = append(times, now.AddDate(0, 0, -ago))
	}
	times = append(times, now.Truncate(time.Hour))
	slices.SortFunc(times, time.Time.Compare)
	return times
}

// views are ranges until now, into the future, and of the past.
func views(prometheus string) []view {
	now := scenario.Now()
	ms := func(t time.Time) string { return fmt.Sprint(t.UnixMilli()) }
	past := time.Date(2026, 10, 31, 0, 0, 0, 0, time.UTC)
	all := []view{
		{Name: "30 days", From: "now-30d/d", To: "now", asOf: now},
		{Name: "7 days", From: "now-7d", To: "now", asOf: now},
		{Name: "today", From: "now/d", To: "now/d", asOf: now.Truncate(time.Hour)},
		{Name: "this month", From: "now/M", To: "now/M", asOf: now.Truncate(time.Hour)},
		{Name: "60 days", From: "now-60d/d", To: "now", asOf: now},
		{Name: "October", From: ms(past.AddDate(0, 0, -30)), To: ms(past.Add(day - time.Millisecond)), asOf: past.Add(day - 2*time.Minute)},
		{Name: "one app", From: "now-30d/d", To: "now", asOf: now, Variables: map[string][]string{"app": {hostile}}},
		{Name: "two apps", From: "now-30d/d", To: "now", asOf: now, Variables: map[string][]string{"app": {hostile, rare}}},
		{Name: "a noRows app", From: "now-30d/d", To: "now", asOf: now, Variables: map[string][]string{"app": {noRows}}},
	}
	for i := range all {
		all[i].Dashboard, all[i].Prometheus, all[i].Now = "livestreams", prometheus, now.UnixMilli()
	}
	return all
}

// apps returns the apps that are selected.
func (v view) apps(s *scenario.Scenario) []scenario.App {
	return slices.DeleteFunc(slices.Clone(s.Apps), func(app scenario.App) bool {
		chosen := v.Variables["app"]
		return chosen != nil && !slices.Contains(chosen, app.Name)
	})
}

// bounds returns the first and the last day of the view.
func (v view) bounds() (first, last time.Time) {
	now := scenario.Now()
	last = v.asOf.Truncate(day)
	switch v.Name {
	case "7 days":
		return now.AddDate(0, 0, -6).Truncate(day), last
	case "today":
		return last, last
	case "this month":
		return time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), last
	case "60 days":
		return now.AddDate(0, 0, -60).Truncate(day), last
	case "October":
		return time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC), last
	}
	return now.AddDate(0, 0, -30).Truncate(day), last
}

// values are an app's days from first to last as the exporters reported them at a
// time, or before when it is no longer in the window.
func values(s *scenario.Scenario, app scenario.App, first, last, at time.Time) (days []apitest.Day) {
	rows := s.API(func() time.Time { return at }).Days(app.ID, first.AddDate(0, 0, -scenario.WindowDays), at)
	for d := first; !d.After(last); d = d.Add(day) {
		value := apitest.Day{Date: d.Format(time.DateOnly)}
		// The window in which the day was reported first.
		oldest := max(d.Unix(), s.Start.Unix())
		window := time.Unix(oldest, 0).UTC().AddDate(0, 0, 1-scenario.WindowDays).Format(time.DateOnly)
		known := slices.ContainsFunc(rows, func(r apitest.Day) bool { return r.Date >= window && r.Date <= value.Date })
		if i := slices.IndexFunc(rows, func(r apitest.Day) bool { return r.Date == value.Date }); i >= 0 {
			value = rows[i]
		}
		if known {
			value.ViewerSeconds += 60 // of the second replica
			days = append(days, value)
		}
	}
	return days
}

func TestLivestreams(t *testing.T) {
	t.Parallel()
	s := streams()
	all := views(serve(t, s))
	zones := []string{"UTC", "America/Los_Angeles", "Asia/Tokyo"}
	results, errs := make([]map[string]result, len(zones)), make([]error, len(zones))
	var wait sync.WaitGroup
	for i, zone := range zones {
		wait.Go(func() { results[i], errs[i] = show(t.Context(), zone, slices.Clone(all)) })
	}
	wait.Wait()
	for i, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(results[i], results[0]) {
			t.Errorf("the dashboard in %s differs from the one in %s", zones[i], zones[0])
		}
	}
	for _, v := range all {
		t.Run(v.Name, func(t *testing.T) { expectView(t, s, v, results[0][v.Name]) })
	}
	t.Run("recorded", func(t *testing.T) { expectRecorded(t, s, all[0], results[0]["30 days"]) })
	t.Run("now", func(t *testing.T) { expectNow(t, s, results[0]["30 days"]) })
}

func expectView(t *testing.T, s *scenario.Scenario, v view, got result) {
	first, last := v.bounds()
	want := map[string]map[string]float64{"Sessions": {}, "Ingest hours": {}, "Viewer hours": {}, "Average audience": {}}
	sums := map[string]apitest.Day{}
	for _, app := range v.apps(s) {
		var sum apitest.Day
		for _, d := range values(s, app, first, last, v.asOf) {
			key := app.Name + " on " + d.Date
			want["Sessions"][key] = float64(d.Sessions)
			want["Ingest hours"][key] = float64(d.IngestSeconds) / 3600
			want["Viewer hours"][key] = float64(d.ViewerSeconds) / 3600
			if d.IngestSeconds > 0 {
				want["Average audience"][key] = float64(d.ViewerSeconds) / float64(d.IngestSeconds)
			}
			sum.Sessions += d.Sessions
			sum.IngestSeconds += d.IngestSeconds
			sum.ViewerSeconds += d.ViewerSeconds
		}
		sums[app.Name] = sum
	}
	for measure, points := range want {
		t.Run(measure, func(t *testing.T) { expectNumbers(t, got.Panels[measure+" per day"].points(t), points) })
	}
	t.Run("Weekday profile", func(t *testing.T) { expectWeekdays(t, s, v, got.Panels["Weekday profile"]) })
	t.Run("Apps", func(t *testing.T) { expectApps(t, got.Panels["Apps"], sums) })
}

// expectRecorded compares the days with livestreams, up to yesterday, without what
// only the second replica reports.
func expectRecorded(t *testing.T, s *scenario.Scenario, v view, got result) {
	first, last := v.bounds()
	want := map[string]map[string]float64{"Sessions": {}, "Ingest hours": {}, "Viewer hours": {}, "Average audience": {}}
	for _, app := range s.Apps {
		for _, d := range s.API(scenario.Now).Days(app.ID, first, last.Add(-time.Second)) {
			key := app.Name + " on " + d.Date
			want["Sessions"][key] = float64(d.Sessions)
			want["Ingest hours"][key] = float64(d.IngestSeconds) / 3600
			want["Viewer hours"][key] = float64(d.ViewerSeconds) / 3600
			want["Average audience"][key] = float64(d.ViewerSeconds) / float64(d.IngestSeconds)
		}
	}
	for measure, points := range want {
		t.Run(measure, func(t *testing.T) { expectNumbers(t, got.Panels[measure+" per day, recorded"].points(t), points) })
	}
}

// expectApps expects a row for each app, noRows ones too, with a link to it.
func expectApps(t *testing.T, p panel, sums map[string]apitest.Day) {
	apps := p.column(t, "App")
	if !slices.Equal(slices.Sorted(slices.Values(apps.Texts)), sortedKeys(sums)) {
		t.Errorf("rows for %q, want %q", apps.Texts, sortedKeys(sums))
	}
	active := p.column(t, "Days in window")
	var sessions []float64
	if slices.ContainsFunc(apps.Texts, func(app string) bool { return app != noRows }) {
		sessions = p.column(t, "Sessions").numbers()
	}
	for i, app := range apps.Texts {
		link, err := url.Parse(apps.Links[i])
		if err != nil || link.Query().Get("var-app") != app {
			t.Errorf("the link of %s is %s", app, apps.Links[i])
		}
		if app == noRows {
			if active.Texts[i] != "no livestream" {
				t.Errorf("the active days of %s are %q", app, active.Texts[i])
			}
		} else if sum := float64(sums[app].Sessions); sessions[i] != sum && !(math.IsNaN(sessions[i]) && sum == 0) {
			t.Errorf("%s has %v sessions, want %v", app, sessions[i], sum)
		}
	}
}
