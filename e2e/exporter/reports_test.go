package exporter

import (
	"fmt"
	"testing"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness"
)

// The values in Prometheus are those of the API, for every report.
func TestReports_ValuesInPrometheus(t *testing.T) {
	t.Parallel()
	a := harness.NewAccount(t)
	a.Reports = "[livestreams, meetings, live]"
	a.Configure(t, harness.Busy, harness.Quiet, harness.Empty)
	a.API.SetMeetingDay(harness.Busy, apitest.MeetingDay{Date: a.Date(0), Sessions: 2, SessionSeconds: 13_261, Recordings: 1, RecordingSeconds: 20})
	a.API.SetMeetingDay(harness.Quiet, apitest.MeetingDay{Date: a.Date(-5), Recordings: 5, RecordingSeconds: 21_940})
	a.API.SetMeetingDay(harness.Quiet, apitest.MeetingDay{Date: a.Date(-2), Sessions: 1, SessionSeconds: 50})
	setLive := func(participants int64) {
		a.API.SetLive(harness.Busy, apitest.Session{ID: "1", Type: "meeting", Participants: participants, Name: "Board meeting"},
			apitest.Session{ID: "2", Type: "meeting", Participants: 1}, apitest.Session{ID: "3", Type: "livestream", Participants: 1200})
	}
	setLive(3)
	prom := harness.StartPrometheus(t, harness.Job("realtimekit", []*harness.Process{a.StartExporter(t)}, nil))
	prom.AwaitScrapes(t, 1, 3)

	for family, value := range map[string]func(apitest.MeetingDay) int64{
		"realtimekit_meeting_daily_sessions":     func(d apitest.MeetingDay) int64 { return d.Sessions },
		"realtimekit_meeting_daily_seconds":      func(d apitest.MeetingDay) int64 { return d.SessionSeconds },
		"realtimekit_recording_daily_recordings": func(d apitest.MeetingDay) int64 { return d.Recordings },
		"realtimekit_recording_daily_seconds":    func(d apitest.MeetingDay) int64 { return d.RecordingSeconds },
	} {
		want := harness.Samples{}
		for _, app := range a.Apps {
			values := map[string]int64{}
			first := ""
			for _, d := range a.API.MeetingDays(app, a.Day(1-harness.WindowDays), time.Now()) {
				ofSessions := family[:len("realtimekit_meeting")] == "realtimekit_meeting"
				if ofSessions && d.Sessions == 0 || !ofSessions && d.Recordings == 0 {
					continue // the list of sessions, or of recordings, has no row
				}
				values[d.Date] = value(d)
				if first == "" {
					first = d.Date
				}
			}
			for n := 1 - harness.WindowDays; n <= 0 && first != ""; n++ {
				if date := a.Date(n); date >= first {
					want[fmt.Sprintf("{app=%q, date=%q}", "name of "+app, date)] = float64(values[date])
				}
			}
		}
		if len(want) < 5+6 {
			t.Fatalf("the API has only %d days for %s", len(want), family)
		}
		prom.Expect(t, "max by (app, date) ("+family+")", want)
	}

	live := func(participants float64) harness.Samples {
		want := harness.Samples{}
		for _, app := range a.Apps {
			want[fmt.Sprintf(`{app=%q, type="meeting"}`, "name of "+app)] = 0
			want[fmt.Sprintf(`{app=%q, type="livestream"}`, "name of "+app)] = 0
		}
		want[`{app="name of busy-app", type="meeting"}`] = participants
		want[`{app="name of busy-app", type="livestream"}`] = 1200
		return want
	}
	prom.Expect(t, "max by (app, type) (realtimekit_live_participants)", live(4))
	setLive(30)
	harness.Eventually(t, func() error {
		got, err := prom.Query(t.Context(), "max by (app, type) (realtimekit_live_participants)")
		if err != nil {
			return err
		}
		return harness.Diff(got, live(31))
	})
	prom.Expect(t, `sum by (type) (realtimekit_live_sessions)`, harness.Samples{`{type="meeting"}`: 2, `{type="livestream"}`: 1})
	prom.Expect(t, "max by (app, date) (realtimekit_livestream_daily_sessions)", days(a, "sessions"))
}
