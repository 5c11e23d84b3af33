package api

import (
	"context"
	"encoding/json"
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

// livestreams decodes the rows of a response and keeps those in the window.
func livestreams(data json.RawMessage, w Window) (l Livestreams, err error) {
	l.Days, l.Skipped, err = decodeDays(data, "data", "date", w, func(date time.Time, row map[string]json.RawMessage) (LivestreamDay, error) {
		t, err := livestreamTotals(row)
		return LivestreamDay{date, t.Sessions, t.IngestSeconds, t.ViewerSeconds}, err
	})
	return l, err
}
