package api

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"time"

	"github.com/cloudflare/cloudflare-go/v7/option"
	"github.com/cloudflare/cloudflare-go/v7/realtime_kit"
)

// Meetings are the meeting and recording analytics of an app. The two lists are
// independent of each other: either may lack days that the other one has.
type Meetings struct {
	Window     Window       // that was requested
	Sessions   []MeetingDay // of meetings: days of the window that have a row, in ascending order
	Recordings []MeetingDay // the same of recordings
	Skipped    int          // rows without a date
	ServerTime time.Time    // of the response; zero if unknown
}

// A MeetingDay is a day of an app's meeting sessions, or of its recordings.
type MeetingDay struct {
	Date    time.Time // 00:00 UTC
	Count   int64     // sessions or recordings
	Seconds float64   // their duration, to the millisecond: the API sends fractions of minutes
}

// MeetingDays requests the [day-wise meeting and recording analytics] of an app. It
// calls window when the request is sent. The API omits days without sessions or
// recordings; they are not added here. Any error of the request is an [*Error].
//
// [day-wise meeting and recording analytics]: https://developers.cloudflare.com/api/resources/realtime_kit/subresources/analytics/methods/get_org_analytics/
func (c *Client) MeetingDays(ctx context.Context, app App, window func() Window) (Meetings, error) {
	var w Window
	resp, err := c.request(ctx, app, func(ctx context.Context, c *Client, opts ...option.RequestOption) error {
		w = window()
		var p realtime_kit.AnalyticsGetOrgAnalyticsParams
		p.AccountID.Value, p.AccountID.Present = app.AccountID, true
		p.StartDate.Value, p.StartDate.Present = w.Start.UTC().Format(time.DateOnly), true
		// Of past days, that is the day after the last one, in case that end_date is exclusive.
		p.EndDate.Value, p.EndDate.Present = w.End.Add(time.Nanosecond).UTC().Format(time.DateOnly), true
		_, err := c.analytics.GetOrgAnalytics(ctx, app.ID, p, opts...)
		return err
	})
	if err != nil {
		return Meetings{}, err
	}
	data, err := resp.data()
	if err != nil {
		return Meetings{}, err
	}
	m, err := meetings(data, w)
	if err != nil {
		return Meetings{}, resp.app.malformed(err)
	}
	m.Window, m.ServerTime = w, resp.time()
	return m, nil
}

// meetings decodes the two lists of a response. The lists and the objects around them
// may be missing.
func meetings(data json.RawMessage, w Window) (m Meetings, err error) {
	stats, err := decodeOptional(data)
	if err != nil {
		return m, fmt.Errorf("data: %w", err)
	}
	sessions, skipped, err := meetingDays(stats, "session_stats", "total_sessions", "total_session_minutes", w)
	if err != nil {
		return m, err
	}
	recordings, alsoSkipped, err := meetingDays(stats, "recording_stats", "total_recordings", "total_recording_minutes", w)
	if err != nil {
		return m, err
	}
	return Meetings{Sessions: sessions, Recordings: recordings, Skipped: skipped + alsoSkipped}, nil
}

func meetingDays(stats map[string]json.RawMessage, key, count, minutes string, w Window) (days []MeetingDay, skipped int, err error) {
	object, err := decodeOptional(stats[key])
	if err != nil {
		return nil, 0, fmt.Errorf("data.%s: %w", key, err)
	}
	return decodeDays(object["day_stats"], "data."+key+".day_stats", "day", w, func(date time.Time, row map[string]json.RawMessage) (MeetingDay, error) {
		day := MeetingDay{Date: date}
		var err error
		if day.Count, err = decodeCount(row[count]); err != nil {
			return day, fmt.Errorf("%s: %w", count, err)
		}
		m, err := decodeFloat(row[minutes])
		if err != nil {
			return day, fmt.Errorf("%s: %w", minutes, err)
		}
		day.Seconds = math.Round(m*60*1000) / 1000
		return day, nil
	})
}
