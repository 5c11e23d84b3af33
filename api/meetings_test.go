package api_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
)

// meetings requests the last 5 days of meetings, among them a leap day.
func meetings(t *testing.T, h http.Handler) (api.Meetings, error) {
	t.Helper()
	server := httptest.NewServer(h)
	defer server.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	app := theApp()
	app.Filters = "not sent"
	return api.New(server.URL+"/client/v4", server.Client().Transport).MeetingDays(ctx, app, func() api.Window { return api.LastDays(5, now()) })
}

func TestMeetingDays_AllInOrder(t *testing.T) {
	sim := newAPI()
	sim.SetMeetingDay(appID, apitest.MeetingDay{Date: "2024-02-27", Recordings: 1, RecordingSeconds: 7})
	got, err := meetings(t, sim)
	if err != nil {
		t.Fatal(err)
	}
	var sessions, recordings []api.MeetingDay
	for _, d := range sim.MeetingDays(appID, date(26), now()) {
		date, _ := time.Parse(time.DateOnly, d.Date)
		if d.Sessions > 0 {
			sessions = append(sessions, api.MeetingDay{Date: date, Count: d.Sessions, Seconds: float64(d.SessionSeconds)})
		}
		if d.Recordings > 0 {
			recordings = append(recordings, api.MeetingDay{Date: date, Count: d.Recordings, Seconds: float64(d.RecordingSeconds)})
		}
	}
	if len(sessions) < 3 || len(recordings) < 2 || fmt.Sprint(got.Sessions) != fmt.Sprint(sessions) || fmt.Sprint(got.Recordings) != fmt.Sprint(recordings) {
		t.Errorf("got %v and %v, want %v and %v", got.Sessions, got.Recordings, sessions, recordings)
	}
	if !got.ServerTime.Equal(now()) || !got.Window.End.Equal(now()) {
		t.Errorf("got %v, %v", got.ServerTime, got.Window)
	}
	request := sim.Requests()[0]
	if query := request.Query.Encode(); request.Endpoint != apitest.MeetingDays || query != "end_date=2024-03-01&start_date=2024-02-26" {
		t.Errorf("%s?%s", request.Endpoint, query)
	}
}

// Whether end_date is inclusive is not documented.
func TestMeetingDays_PastDaysWhateverEndDateIncludes(t *testing.T) {
	for _, included := range []bool{true, false} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			var rows []string
			for d := 25; d <= 29; d++ {
				day := fmt.Sprintf("2024-02-%d", d)
				if end := r.URL.Query().Get("end_date"); day < end || included && day == end {
					rows = append(rows, fmt.Sprintf(`{"day":%q,"total_sessions":%d}`, day, d))
				}
			}
			fmt.Fprintf(w, `{"success":true,"data":{"session_stats":{"day_stats":[%s]}}}`, strings.Join(rows, ","))
		}))
		defer server.Close()
		got, err := api.New(server.URL, server.Client().Transport).MeetingDays(t.Context(), theApp(), func() api.Window { return api.PastDays(date(26), date(28)) })
		want := []api.MeetingDay{{Date: date(26), Count: 26}, {Date: date(27), Count: 27}, {Date: date(28), Count: 28}}
		if err != nil || fmt.Sprint(got.Sessions) != fmt.Sprint(want) {
			t.Errorf("included %v: got %v, %v, want %v", included, got.Sessions, err, want)
		}
	}
}

// The rows are decoded as those of livestreams are, see TestLivestreamDays.
func TestMeetingDays_Responses(t *testing.T) {
	const malformed = "malformed response for app " + appID + ", not used: "
	day := func(d int, count int64, seconds float64) api.MeetingDay {
		return api.MeetingDay{Date: date(d), Count: count, Seconds: seconds}
	}
	minutes := func(n string) string {
		return `{"session_stats":{"day_stats":[{"day":"2024-02-28","total_session_minutes":` + n + `}]}}`
	}
	for name, c := range map[string]struct {
		data                 string
		sessions, recordings []api.MeetingDay
		skipped              int
		err                  string
	}{
		"documented": {
			data: `{"recording_stats":{"day_stats":[{"day":"2024-02-27T00:00:00.000Z","total_recording_minutes":365.66666666666697,"total_recordings":5}],"recording_count":7,"recording_minutes_consumed":573.67},` +
				`"session_stats":{"day_stats":[{"day":"2024-02-28","total_session_minutes":221,"total_sessions":2}],"sessions_count":4,"sessions_minutes_consumed":243.5}}`,
			sessions: []api.MeetingDay{day(28, 2, 13260)}, recordings: []api.MeetingDay{day(27, 5, 21940)},
		},
		"a third of a minute":        {data: minutes("0.3333333333333333"), sessions: []api.MeetingDay{day(28, 0, 20)}},
		"less than a millisecond":    {data: minutes("0.000001"), sessions: []api.MeetingDay{day(28, 0, 0)}},
		"to the millisecond":         {data: minutes("1.00001"), sessions: []api.MeetingDay{day(28, 0, 60.001)}},
		"minutes as a string":        {data: minutes(`"12"`), sessions: []api.MeetingDay{day(28, 0, 720)}},
		"minutes null":               {data: minutes("null"), sessions: []api.MeetingDay{day(28, 0, 0)}},
		"null":                       {data: `null`},
		"empty":                      {data: `{}`},
		"stats null":                 {data: `{"recording_stats":null,"session_stats":null}`},
		"stats empty":                {data: `{"recording_stats":{},"session_stats":{}}`},
		"lists null and empty":       {data: `{"recording_stats":{"day_stats":null},"session_stats":{"day_stats":[]}}`},
		"one of them missing":        {data: `{"recording_stats":{"day_stats":[{"day":"2024-02-28","total_recordings":1}]}}`, recordings: []api.MeetingDay{day(28, 1, 0)}},
		"days null, in both":         {data: `{"recording_stats":{"day_stats":[{"day":null}]},"session_stats":{"day_stats":[{},{"day":"2024-02-28"}]}}`, sessions: []api.MeetingDay{day(28, 0, 0)}, skipped: 2},
		"a day twice, equal":         {data: `{"session_stats":{"day_stats":[{"day":"2024-02-28","total_sessions":1},{"day":"2024-02-28T00:00:00Z","total_sessions":1.0}]}}`, sessions: []api.MeetingDay{day(28, 1, 0)}},
		"a day twice, unequal":       {data: `{"session_stats":{"day_stats":[{"day":"2024-02-28","total_sessions":1},{"day":"2024-02-28"}]}}`, err: "data.session_stats.day_stats[1]: duplicate date 2024-02-28 with different numbers"},
		"days outside the window":    {data: `{"session_stats":{"day_stats":[{"day":"2024-02-25"},{"day":"2024-03-02"}]}}`},
		"a list":                     {data: `[]`, err: "data: found an array, not an object"},
		"stats are a number":         {data: `{"session_stats":7}`, err: "data.session_stats: found a number, not an object"},
		"day_stats is an object":     {data: `{"recording_stats":{"day_stats":{}}}`, err: "data.recording_stats.day_stats: found an object, not an array"},
		"a row is null":              {data: `{"recording_stats":{"day_stats":[null]}}`, err: "data.recording_stats.day_stats[0]: found null, not an object"},
		"another date":               {data: `{"session_stats":{"day_stats":[{"day":"yesterday"}]}}`, err: "data.session_stats.day_stats[0]: day: found neither YYYY-MM-DD nor a date-time at 00:00 UTC"},
		"a count with a fraction":    {data: `{"session_stats":{"day_stats":[{"day":"2024-02-28","total_sessions":1.5}]}}`, err: "data.session_stats.day_stats[0]: total_sessions: found a number that is not whole"},
		"minutes less than nothing":  {data: `{"recording_stats":{"day_stats":[{"day":"2024-02-28","total_recording_minutes":-1}]}}`, err: "data.recording_stats.day_stats[0]: total_recording_minutes: found a number that is not an unsigned number"},
		"the greatest minutes":       {data: minutes("9223372036854775807"), sessions: []api.MeetingDay{day(28, 0, 60*9223372036854775807)}},
		"minutes that are too great": {data: minutes("9223372036854775808"), err: "data.session_stats.day_stats[0]: total_session_minutes: the number is greater than 2^63-1"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := meetings(t, apitest.Body(`{"data":`+c.data+`,"success":true}`))
			if c.err != "" {
				if reasonOf(err) != api.ReasonMalformed || err.Error() != malformed+c.err || got.Sessions != nil || got.Recordings != nil {
					t.Errorf("got %v, %v, want %s", got, err, c.err)
				}
				return
			}
			if err != nil || fmt.Sprint(got.Sessions) != fmt.Sprint(c.sessions) || fmt.Sprint(got.Recordings) != fmt.Sprint(c.recordings) || got.Skipped != c.skipped {
				t.Errorf("got %+v, %v, want %+v", got, err, c)
			}
		})
	}
	for body, want := range map[string]string{
		`{"data":{}}`:       "success is missing",
		`{"success":true}`:  "",
		`{"success":false}`: "success: false",
	} {
		if _, err := meetings(t, apitest.Body(body)); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", body, err, want)
		}
	}
}
