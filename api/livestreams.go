package api

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/cloudflare/cloudflare-go/v7/option"
	"github.com/cloudflare/cloudflare-go/v7/realtime_kit"
)

// Livestreams are the livestream analytics of an app.
type Livestreams struct {
	Window     Window          // that was requested
	Days       []LivestreamDay // of the window that have a row, in ascending order
	Skipped    int             // rows without a date
	ServerTime time.Time       // of the response; zero if unknown
}

// A LivestreamDay is a day of an app's livestreams.
type LivestreamDay struct {
	Date          time.Time // 00:00 UTC
	Sessions      int64     // livestream sessions
	IngestSeconds float64   // time during which input was given
	ViewerSeconds float64   // view time, summed over the viewers
}

// LivestreamDays requests the [day-wise livestream analytics] of an app. It calls
// window when the request is sent. The API may omit days without a livestream; they
// are not added here. Any error of the request is an [*Error].
//
// [day-wise livestream analytics]: https://developers.cloudflare.com/api/resources/realtime_kit/subresources/livestreams/methods/get_livestream_analytics_daywise/
func (c *Client) LivestreamDays(ctx context.Context, app App, window func() Window) (Livestreams, error) {
	var w Window
	resp, err := c.request(ctx, app, func(ctx context.Context, c *Client, opts ...option.RequestOption) error {
		w = window()
		var p realtime_kit.LivestreamGetLivestreamAnalyticsDaywiseParams
		// The constructors of these fields are in the SDK's root package, which
		// would link every other Cloudflare service into the binary.
		p.AccountID.Value, p.AccountID.Present = app.AccountID, true
		p.StartTime.Value, p.StartTime.Present = w.Start.Unix(), true
		p.EndTime.Value, p.EndTime.Present = w.End.Unix(), true
		p.Filters.Value, p.Filters.Present = app.Filters, app.Filters != ""
		_, err := c.livestreams.GetLivestreamAnalyticsDaywise(ctx, app.ID, p, opts...)
		return err
	})
	if err != nil {
		return Livestreams{}, err
	}
	data, err := resp.data()
	if err != nil {
		return Livestreams{}, err
	}
	l, err := livestreams(data, w)
	if err != nil {
		return Livestreams{}, resp.app.malformed(err)
	}
	l.Window, l.ServerTime = w, resp.time()
	return l, nil
}

// time is when the server sent the response; zero if there is no Date header.
func (r *response) time() time.Time {
	t, err := http.ParseTime(r.header.Get("Date"))
	if err != nil {
		return time.Time{}
	}
	return t
}

// livestreams decodes the rows of a response and keeps those in the window.
func livestreams(data json.RawMessage, w Window) (l Livestreams, err error) {
	if data == nil {
		return l, nil
	}
	rows, err := decodeArray(data)
	if err != nil {
		return l, fmt.Errorf("data: %w", err)
	}
	seen := make(map[time.Time]LivestreamDay, len(rows))
	for i, raw := range rows {
		row, err := decodeObject(raw)
		if err != nil {
			return l, fmt.Errorf("data[%d]: %w", i, err)
		}
		if absent(row["date"]) {
			l.Skipped++
			continue
		}
		day, err := livestreamDay(row)
		if err != nil {
			return l, fmt.Errorf("data[%d]: %w", i, err)
		}
		if other, ok := seen[day.Date]; ok && other != day {
			return l, fmt.Errorf("data[%d]: duplicate date %s with different numbers", i, day.Date.Format(time.DateOnly))
		}
		seen[day.Date] = day
	}
	for _, day := range seen {
		if !day.Date.Before(w.Start) && !day.Date.After(w.End) {
			l.Days = append(l.Days, day)
		}
	}
	slices.SortFunc(l.Days, func(a, b LivestreamDay) int { return cmp.Compare(a.Date.Unix(), b.Date.Unix()) })
	return l, nil
}

func livestreamDay(row map[string]json.RawMessage) (LivestreamDay, error) {
	date, err := decodeDate(row["date"])
	if err != nil {
		return LivestreamDay{}, fmt.Errorf("date: %w", err)
	}
	t, err := livestreamTotals(row)
	if err != nil {
		return LivestreamDay{}, err
	}
	return LivestreamDay{date, t.Sessions, t.IngestSeconds, t.ViewerSeconds}, nil
}
