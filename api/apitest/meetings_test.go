package apitest_test

import (
	"math"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
)

func endpoint(appID string, e apitest.Endpoint, query string) string {
	return "https://api.example/client/v4/accounts/" + account + "/realtime/kit/" + appID + "/" + string(e) + "?" + query
}

func TestMeetingDays_Response(t *testing.T) {
	a := newAPI(at(noon()))
	a.AddEmptyApp(account, "empty")
	a.SetMeetingDay("empty", apitest.MeetingDay{Date: "2026-03-15", Sessions: 2, SessionSeconds: 13260, Recordings: 1, RecordingSeconds: 50})
	a.SetMeetingDay("empty", apitest.MeetingDay{Date: "2026-03-16", Sessions: 1, SessionSeconds: 60})
	a.SetMeetingDay("empty", apitest.MeetingDay{Date: "2026-03-17", Recordings: 1, RecordingSeconds: 90})
	a.SetMeetingDay("empty", apitest.MeetingDay{Date: "2026-03-19", Sessions: 1})
	for query, want := range map[string]string{
		"start_date=2026-03-15&end_date=2026-03-15": `{"data":{"recording_stats":{"day_stats":[{"day":"2026-03-15T00:00:00.000Z","total_recording_minutes":0.8333333333333334,"total_recordings":1}],"recording_count":1,"recording_minutes_consumed":0.8333333333333334},` +
			`"session_stats":{"day_stats":[{"day":"2026-03-15","total_session_minutes":221,"total_sessions":2}],"sessions_count":2,"sessions_minutes_consumed":221}},"success":true}`,
		"start_date=2026-03-16": `{"data":{"recording_stats":{"day_stats":[{"day":"2026-03-17T00:00:00.000Z","total_recording_minutes":1.5,"total_recordings":1}],"recording_count":1,"recording_minutes_consumed":1.5},` +
			`"session_stats":{"day_stats":[{"day":"2026-03-16","total_session_minutes":1,"total_sessions":1}],"sessions_count":1,"sessions_minutes_consumed":1}},"success":true}`,
		"end_date=2026-03-14": `{"data":{"recording_stats":{"day_stats":[],"recording_count":0,"recording_minutes_consumed":0},"session_stats":{"day_stats":[],"sessions_count":0,"sessions_minutes_consumed":0}},"success":true}`,
	} {
		if r := get(t, a, endpoint("empty", apitest.MeetingDays, query), nil); r.StatusCode != http.StatusOK || r.Body != want {
			t.Errorf("%s: got %d %s\nwant %s", query, r.StatusCode, r.Body, want)
		}
	}
	for _, query := range []string{"start_date=1", "end_date=2026-03-18T00:00:00Z", "start_date=2026-03-02&end_date=2026-03-01", "end_date=2026-03-01&end_date=2026-03-01", "%zz"} {
		if r := get(t, a, endpoint("empty", apitest.MeetingDays, query), nil); r.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: status %d, want 400", query, r.StatusCode)
		}
	}
}

func TestMeetingDays_SeededArePlausible(t *testing.T) {
	a := apitest.Demo(at(noon()))
	other := apitest.Demo(at(noon().AddDate(0, 0, 20)))
	for _, id := range apitest.DemoAppIDs() {
		days := a.MeetingDays(id, noon().AddDate(-1, 0, 0), noon().AddDate(0, 0, -1))
		if len(days) < 200 || !slices.Equal(days, other.MeetingDays(id, noon().AddDate(-1, 0, 0), noon().AddDate(0, 0, -1))) {
			t.Errorf("%s: %d days of a year, or another history", id, len(days))
		}
		recordings := 0
		for _, d := range days {
			if d.Sessions < 1 || d.Sessions > 60 || d.SessionSeconds < 300*d.Sessions || d.Recordings > d.Sessions || d.RecordingSeconds > d.SessionSeconds {
				t.Errorf("%s: %+v", id, d)
			}
			recordings += int(d.Recordings)
		}
		if recordings < 100 {
			t.Errorf("%s: only %d recordings in a year", id, recordings)
		}
	}
}

// The number of live sessions and the duration of the day agree: the one is the slope of
// the other.
func TestLive_SeededFollowsTheDay(t *testing.T) {
	now := noon().Truncate(24 * time.Hour)
	a := apitest.Demo(func() time.Time { return now })
	for _, id := range apitest.DemoAppIDs() {
		counts := make(map[int]bool)
		var liveSeconds [2]float64 // of meetings and livestreams
		now = noon().Truncate(24 * time.Hour)
		const step = 30 * time.Second
		for range 24 * time.Hour / step {
			now = now.Add(step)
			live := a.Live(id)
			counts[len(live)] = true
			for _, s := range live {
				if s.Participants < 1 || s.ID == "" || s.Name == "" {
					t.Fatalf("%s: %+v", id, s)
				}
				liveSeconds[slices.Index([]string{"meeting", "livestream"}, s.Type)] += step.Seconds()
			}
		}
		if len(counts) < 3 {
			t.Errorf("%s: the number of live sessions hardly changes: %v", id, counts)
		}
		var want [2]float64
		today := now.Add(-time.Minute)
		for _, d := range a.MeetingDays(id, today, today) {
			want[0] = float64(d.SessionSeconds)
		}
		for _, d := range a.Days(id, today, today) {
			want[1] = float64(d.IngestSeconds)
		}
		for i := range want {
			if math.Abs(liveSeconds[i]-want[i]) > 0.02*want[i] {
				t.Errorf("%s: %v s of live sessions, %v s in the day", id, liveSeconds[i], want[i])
			}
		}
	}
}

func TestLive_Response(t *testing.T) {
	a := newAPI(at(noon()))
	a.AddEmptyApp(account, "empty")
	const none = `{"data":{"sessions":[]},"paging":{"end_offset":0,"start_offset":0,"total_count":0},"success":true}`
	if r := get(t, a, endpoint("empty", apitest.Sessions, "status=LIVE"), nil); r.Body != none {
		t.Errorf("got %s", r.Body)
	}
	a.SetLive("empty", apitest.Session{ID: "a", Type: "meeting", Participants: 3, Name: "Standup"}, apitest.Session{ID: "b", Type: "livestream", Participants: 7})
	const first = `{"data":{"sessions":[{"id":"a","live_participants":3,"meeting_display_name":"Standup","status":"LIVE","type":"meeting"}]},"paging":{"end_offset":1,"start_offset":1,"total_count":2},"success":true}`
	if r := get(t, a, endpoint("empty", apitest.Sessions, "status=LIVE&per_page=1&sort_order=ASC"), nil); r.Body != first {
		t.Errorf("got %s", r.Body)
	}
	if r := get(t, a, endpoint("empty", apitest.Sessions, "status=ENDED"), nil); r.Body != none {
		t.Errorf("got %s", r.Body)
	}
	if r := get(t, a, endpoint("empty", apitest.Sessions, "page_no=0"), nil); r.StatusCode != http.StatusBadRequest {
		t.Errorf("status %d, want 400", r.StatusCode)
	}
	a.SetLive("empty")
	if live := a.Live("empty"); len(live) != 0 {
		t.Errorf("got %v", live)
	}
}

func TestOverrideEndpoint_OthersAreHealthy(t *testing.T) {
	a := newAPI(at(noon()))
	status := func(e apitest.Endpoint) int { return get(t, a, endpoint(app, e, ""), nil).StatusCode }
	a.OverrideEndpoint(app, apitest.MeetingDays, apitest.Status(500, nil, ""))
	if got := []int{status(apitest.LivestreamDays), status(apitest.LivestreamOverall), status(apitest.MeetingDays), status(apitest.Sessions)}; !slices.Equal(got, []int{200, 200, 500, 200}) {
		t.Errorf("got %v", got)
	}
	a.Override(app, apitest.Status(418, nil, ""))
	if got := []int{status(apitest.LivestreamDays), status(apitest.MeetingDays)}; !slices.Equal(got, []int{418, 500}) {
		t.Errorf("got %v", got)
	}
	a.OverrideEndpoint(app, apitest.MeetingDays, nil)
	a.Override(app, nil)
	if got := []int{status(apitest.LivestreamDays), status(apitest.MeetingDays)}; !slices.Equal(got, []int{200, 200}) {
		t.Errorf("got %v", got)
	}
}
