package collector_test

import (
	"testing"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
)

// Sessions and recordings cover different days. Days of 0 are added to each separately.
func TestMeetings_Golden(t *testing.T) {
	withReports(t, func(f *fixture) {
		f.sim.SetMeetingDay(mainStage+"-id", apitest.MeetingDay{Date: "2000-01-04", Sessions: 1})
		f.sim.SetMeetingDay(mainStage+"-id", apitest.MeetingDay{Date: "2000-01-07", Sessions: 2, SessionSeconds: 13260})
		f.sim.SetMeetingDay(mainStage+"-id", apitest.MeetingDay{Date: "2000-01-09", Sessions: 1, SessionSeconds: 50, Recordings: 1, RecordingSeconds: 20})
		f.sim.OverrideEndpoint(studio+"-id", apitest.MeetingDays, apitest.Body(`{"data":{"recording_stats":{"day_stats":[`+
			`{"day":"2000-01-08T00:00:00.000Z","total_recording_minutes":365.66666666666697,"total_recordings":5},{"day":null,"total_recordings":1}]},"session_stats":null},"success":true}`))
		f.golden("meetings")
	}, "meetings")
}

func TestMeetings_WindowMovesAtMidnight(t *testing.T) {
	withReports(t, func(f *fixture) {
		f.sim.SetMeetingDay(mainStage+"-id", apitest.MeetingDay{Date: "2000-01-06", Sessions: 1, SessionSeconds: 60})
		f.sim.SetMeetingDay(mainStage+"-id", apitest.MeetingDay{Date: "2000-01-09", Recordings: 1, RecordingSeconds: 60})
		want := func(sessions, recordings string) {
			t.Helper()
			got := f.scrape()
			for family, want := range map[string]string{
				"meeting_daily_sessions": sessions, "meeting_daily_seconds": sessions,
				"recording_daily_recordings": recordings, "recording_daily_seconds": recordings,
			} {
				if days := dates(got, family, mainStage); days != want {
					t.Errorf("%s: got %s, want %s", family, days, want)
				}
			}
		}
		want("06 07 08 09 10", "09 10")
		f.expectRequests(2)
		f.sim.Override(mainStage+"-id", apitest.Slow(20*time.Second, nil))
		time.Sleep(12 * time.Hour)
		want("07 08 09 10", "09 10") // the last response, in the window of the new day
		f.expectRequests(2)
		time.Sleep(10 * time.Second)
		want("", "09 10 11")
		f.expectRequests(0)
	}, "meetings")
}

// One report can fail while the others of the app work.
func TestMeetings_FailAlone(t *testing.T) {
	withReports(t, func(f *fixture) {
		f.sim.OverrideEndpoint(mainStage+"-id", apitest.MeetingDays, apitest.Body(`{"data":{"session_stats":{"day_stats":[{"day":"2000-01-09","total_sessions":-1}]}},"success":true}`))
		f.expectLines(f.scrape(),
			`realtimekit_report_up{app="main-stage",report="meetings"} 0`,
			`realtimekit_report_failures_total{app="main-stage",reason="malformed",report="meetings"} 1`,
			`realtimekit_report_failures_total{app="main-stage",reason="malformed",report="livestreams"} 0`,
			`realtimekit_report_up{app="main-stage",report="livestreams"} 1`,
			`realtimekit_report_up{app="main-stage",report="live"} 1`,
			`realtimekit_report_up{app="studio",report="meetings"} 1`)
	})
}
