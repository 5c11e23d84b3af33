package apitest

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// A MeetingDay is the meetings and recordings of one app on one UTC day. Of its
// sessions and recordings, each has a row if it is not 0.
type MeetingDay struct {
	Date                         string // YYYY-MM-DD
	Sessions, SessionSeconds     int64
	Recordings, RecordingSeconds int64
}

// MeetingDays returns the numbers in the response to a request with these dates, sent
// now: in ascending order, without days that have neither meetings nor recordings and
// without future days.
func (a *API) MeetingDays(appID string, start, end time.Time) []MeetingDay {
	return a.meetingDays(appID, start.Unix(), end.Unix(), a.now())
}

// SetMeetingDay sets the meetings and recordings of a day of an app, as [API.SetDay]
// sets its livestreams.
func (a *API) SetMeetingDay(appID string, d MeetingDay) {
	checkDate("SetMeetingDay", appID, d.Date)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.app(appID).setMeetings[d.Date] = d
}

func (a *API) meetingDays(appID string, start, end int64, now time.Time) []MeetingDay {
	p := a.stateOf(appID)
	return daysOf(start, end, now, func(d day) (MeetingDay, bool) {
		row, ok := p.setMeetings[d.date]
		if !ok && p.seeded {
			row = generateMeetings(appID, d)
		}
		return row, row != MeetingDay{Date: row.Date}
	})
}

// generateMeetings returns the elapsed part of a day.
func generateMeetings(appID string, on day) MeetingDay {
	d := MeetingDay{Date: on.date}
	for _, m := range meetingsOf(appID, on) {
		met := min(on.elapsed-m.start, m.length)
		if met <= 0 {
			continue
		}
		d.Sessions++
		d.SessionSeconds += met
		if m.recorded {
			d.Recordings++
			d.RecordingSeconds += met
		}
	}
	return d
}

// meetingsOf returns the meetings of a day, computed from the app and the date alone:
// more on weekdays and by day, about a third recorded.
func meetingsOf(appID string, on day) (events []event) {
	usual := 3 + seeded(appID, "meetings", "").Int64N(12)
	if on.weekday == time.Saturday || on.weekday == time.Sunday {
		usual /= 4
	}
	r := seeded(appID, "meetings", on.date)
	for range r.Int64N(2*usual + 1) {
		start := (6*3600 + r.Int64N(7*3600) + r.Int64N(7*3600)) // most of them around 13:00 UTC
		events = append(events, event{
			start: start, length: min(300+r.Int64N(7200), daySeconds-start),
			people: 200 + r.Int64N(1800), recorded: r.Int64N(3) == 0,
		})
	}
	return events
}

// listMeetingDays responds with the day-wise meeting and recording analytics of an app.
func (a *API) listMeetingDays(w http.ResponseWriter, q routed) {
	start, end, err := dateRange(q.rawQuery, q.now)
	if err != nil {
		kitError(w, http.StatusBadRequest, err.Error())
		return
	}
	writeMeetingDays(w, q.appID, a.meetingDays(q.appID, start.Unix(), end.Unix(), q.now))
}

// dateRange returns the first and the last day of a query: by default the last 30 days
// and today.
func dateRange(rawQuery string, now time.Time) (start, end time.Time, err error) {
	q, err := url.ParseQuery(rawQuery)
	if err != nil {
		return start, end, errors.New("query can't be read")
	}
	date := func(name string, absent time.Time) time.Time {
		t, parseErr := time.Parse(time.DateOnly, cmp.Or(q.Get(name), absent.UTC().Format(time.DateOnly)))
		if parseErr != nil || len(q[name]) > 1 {
			err = fmt.Errorf("%s is not a date", name)
		}
		return t
	}
	end = date("end_date", now)
	start = date("start_date", end.AddDate(0, 0, -30))
	if err == nil && start.After(end) {
		err = errors.New("start_date is after end_date")
	}
	return start, end, err
}

// writeMeetingDays responds with two lists in a fixed order that is not that of the
// dates. They have dates in different forms, as in the documentation.
func writeMeetingDays(w http.ResponseWriter, appID string, days []MeetingDay) {
	type session struct {
		Day      string  `json:"day"`
		Minutes  float64 `json:"total_session_minutes"`
		Sessions int64   `json:"total_sessions"`
	}
	type recording struct {
		Day        string  `json:"day"`
		Minutes    float64 `json:"total_recording_minutes"`
		Recordings int64   `json:"total_recordings"`
	}
	var body struct {
		Data struct {
			Recordings struct {
				Days    []recording `json:"day_stats"`
				Count   int64       `json:"recording_count"`
				Minutes float64     `json:"recording_minutes_consumed"`
			} `json:"recording_stats"`
			Sessions struct {
				Days    []session `json:"day_stats"`
				Count   int64     `json:"sessions_count"`
				Minutes float64   `json:"sessions_minutes_consumed"`
			} `json:"session_stats"`
		} `json:"data"`
		Success bool `json:"success"`
	}
	body.Success = true
	s, r := &body.Data.Sessions, &body.Data.Recordings
	s.Days, r.Days = []session{}, []recording{} // no rows are [], never null
	slices.SortFunc(days, func(x, y MeetingDay) int {
		return cmp.Compare(seeded(appID, "order", x.Date).Uint64(), seeded(appID, "order", y.Date).Uint64())
	})
	for _, d := range days {
		if d.Sessions != 0 || d.SessionSeconds != 0 {
			s.Days = append(s.Days, session{d.Date, float64(d.SessionSeconds) / 60, d.Sessions})
			s.Count += d.Sessions
			s.Minutes += float64(d.SessionSeconds) / 60
		}
		if d.Recordings != 0 || d.RecordingSeconds != 0 {
			r.Days = append(r.Days, recording{d.Date + "T00:00:00.000Z", float64(d.RecordingSeconds) / 60, d.Recordings})
			r.Count += d.Recordings
			r.Minutes += float64(d.RecordingSeconds) / 60
		}
	}
	writeJSON(w, http.StatusOK, body)
}
