package grafana

import (
	"slices"
	"testing"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/grafana/scenario"
)

// meetings is one exporter that collects every report, at every scrape.
func meetings() *scenario.Scenario {
	now := scenario.Now()
	return &scenario.Scenario{Name: "meetings", Start: now.AddDate(0, 0, -62), Now: now, Instances: []string{"a:11780"}, TTL: time.Second,
		Apps:        []scenario.App{{ID: busy, Name: busy}, {ID: "demo-late-night", Name: hostile}, {ID: "demo-webinars", Name: "demo-webinars"}, {ID: "demo-concerts", Name: "demo-concerts"}, {ID: "demo-town-hall", Name: "demo-town-hall"}, {ID: noRows, Name: noRows}},
		WithoutRows: []string{noRows}, Recorded: true, Meetings: true, Live: true, Times: hourly}
}

// meetingMeasures are the measures of the dashboard, in its units, and whether the
// response has a row for them on a day.
func meetingMeasures() map[string]func(apitest.MeetingDay) (value float64, row bool) {
	return map[string]func(apitest.MeetingDay) (float64, bool){
		"Meeting sessions": func(d apitest.MeetingDay) (float64, bool) { return float64(d.Sessions), d.Sessions > 0 },
		"Meeting hours":    func(d apitest.MeetingDay) (float64, bool) { return float64(d.SessionSeconds) / 3600, d.Sessions > 0 },
		"Recordings":       func(d apitest.MeetingDay) (float64, bool) { return float64(d.Recordings), d.Recordings > 0 },
		"Recording hours": func(d apitest.MeetingDay) (float64, bool) {
			return float64(d.RecordingSeconds) / 3600, d.Recordings > 0
		},
	}
}

func TestMeetings(t *testing.T) {
	t.Parallel()
	s, now := meetings(), scenario.Now()
	prometheus := serve(t, s)
	got, err := show(t.Context(), "America/Los_Angeles", []view{
		{Name: "meetings", Dashboard: "meetings", Prometheus: prometheus, Now: now.UnixMilli(), From: "now-30d/d", To: "now"},
		{Name: "live", Dashboard: "livestreams", Prometheus: prometheus, Now: now.UnixMilli(), From: "now-30d/d", To: "now"},
	})
	if err != nil {
		t.Fatal(err)
	}
	for measure, of := range meetingMeasures() {
		t.Run(measure, func(t *testing.T) { expectMeasure(t, s, got["meetings"], measure, of) })
	}
	t.Run("Apps", func(t *testing.T) {
		for _, row := range []string{busy, hostile, noRows} {
			expectRow(t, got["meetings"].Panels["Apps"], "App", row)
		}
	})
	t.Run("Now", func(t *testing.T) { expectLive(t, s, got["live"]) })
}

// expectMeasure compares each day, what is recorded, and the changes since days before.
func expectMeasure(t *testing.T, s *scenario.Scenario, got result, measure string, of func(apitest.MeetingDay) (float64, bool)) {
	now := scenario.Now()
	first := now.AddDate(0, 0, -30).Truncate(day)
	days, recorded := map[string]float64{}, map[string]float64{}
	for _, app := range s.Apps {
		values, filled := map[string]float64{}, false
		for _, d := range s.API(scenario.Now).MeetingDays(app.ID, now.AddDate(0, 0, 1-scenario.WindowDays).Truncate(day), now) {
			if value, row := of(d); row {
				values[d.Date], filled = value, true
			}
		}
		for at := first; filled && !at.After(now); at = at.Add(day) {
			date := at.Format(time.DateOnly)
			value, row := values[date]
			days[app.Name+" on "+date] = value
			if row && at.Before(now.Truncate(day)) {
				recorded[app.Name+" on "+date] = value
			}
		}
	}
	expectNumbers(t, got.Panels[measure+" per day"].points(t), days)
	expectNumbers(t, got.Panels[measure+" per day, recorded"].points(t), recorded)

	sum := func(ago, from, to int) (total float64) { // of the days by their age
		at := now.AddDate(0, 0, -ago)
		for _, app := range s.Apps {
			for _, d := range s.API(func() time.Time { return at }).MeetingDays(app.ID, at.AddDate(0, 0, 1-to).Truncate(day), at.AddDate(0, 0, -from)) {
				value, _ := of(d)
				total += value
			}
		}
		return total
	}
	expectStats(t, got.Panels[measure+" today"], sum(0, 0, 1), sum(1, 0, 1), sum(7, 0, 1))
	expectStats(t, got.Panels[measure+", 30 days"], sum(0, 1, 31), sum(30, 1, 31))
}

// expectRow expects a value in a column of a table.
func expectRow(t *testing.T, p panel, column, value string) {
	t.Helper()
	if texts := p.column(t, column).Texts; !slices.Contains(texts, value) {
		t.Errorf("no row for %q in %q", value, texts)
	}
}

// expectLive compares what is live with the simulated API, by type and by app.
func expectLive(t *testing.T, s *scenario.Scenario, got result) {
	sessions, participants := map[string]float64{"meeting": 0, "livestream": 0}, map[string]float64{"meeting": 0, "livestream": 0}
	byApp := map[string]float64{}
	for _, app := range s.Apps {
		for _, live := range s.API(scenario.Now).Live(app.ID) {
			sessions[live.Type]++
			participants[live.Type] += float64(live.Participants)
			byApp[app.Name+" "+live.Type] += float64(live.Participants)
		}
	}
	for title, want := range map[string]map[string]float64{"Live sessions": sessions, "Live participants": participants} {
		shown := map[string]float64{}
		for _, stat := range got.Panels[title].Stats {
			shown[stat.Title] = *stat.Value
		}
		expectNumbers(t, shown, want)
	}
	table, shown := got.Panels["Live by app"], map[string]float64{}
	apps, types := table.column(t, "App").Texts, table.column(t, "Type").Texts
	for i, n := range table.column(t, "Participants").numbers() {
		shown[apps[i]+" "+types[i]] = n
	}
	expectNumbers(t, shown, byApp)
	if len(byApp) < 2 {
		t.Errorf("only %v is live", byApp)
	}
}
