package api

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/cloudflare/cloudflare-go/v7/option"
	"github.com/cloudflare/cloudflare-go/v7/realtime_kit"
)

// A LivestreamDay is a day of an app's livestreams.
type LivestreamDay struct {
	Date          time.Time // 00:00 UTC
	Sessions      int64     // livestream sessions
	IngestSeconds int64     // time during which input was given
	ViewerSeconds int64     // view time, summed over the viewers
}

// LivestreamDays asks for the [day-wise livestream analytics] of an app. It
// returns the days within the window that the API gave, in ascending order. Days
// without a livestream may be left out by the API; they are not made up here.
//
// [day-wise livestream analytics]: https://developers.cloudflare.com/api/resources/realtime_kit/subresources/livestreams/methods/get_livestream_analytics_daywise/
func (c *Client) LivestreamDays(ctx context.Context, app App, w Window) ([]LivestreamDay, error) {
	var p realtime_kit.LivestreamGetLivestreamAnalyticsDaywiseParams
	// The constructors of these fields are in the SDK's root package, which
	// would link every other Cloudflare service into the binary.
	p.AccountID.Value, p.AccountID.Present = app.AccountID, true
	p.StartTime.Value, p.StartTime.Present = w.Start.Unix(), true
	p.EndTime.Value, p.EndTime.Present = w.End.Unix(), true
	p.Filters.Value, p.Filters.Present = app.Filters, app.Filters != ""

	resp, err := get(ctx, app, func(ctx context.Context, opts ...option.RequestOption) error {
		_, err := c.livestreams.GetLivestreamAnalyticsDaywise(ctx, app.ID, p, opts...)
		return err
	})
	if err != nil {
		return nil, err
	}
	data, err := decodeData(app, resp.body)
	if err != nil {
		return nil, err
	}
	days, err := livestreamDays(data, w)
	if err != nil {
		return nil, app.malformed(err)
	}
	return days, nil
}

// livestreamDays decodes the rows of an answer and keeps those in the window.
func livestreamDays(data json.RawMessage, w Window) ([]LivestreamDay, error) {
	rows, err := decodeArray(data)
	if err != nil {
		return nil, fmt.Errorf("data: %w", err)
	}
	seen := make(map[time.Time]LivestreamDay, len(rows))
	for i, raw := range rows {
		day, err := livestreamDay(raw)
		if err != nil {
			return nil, fmt.Errorf("data[%d]: %w", i, err)
		}
		if other, ok := seen[day.Date]; ok && other != day {
			return nil, fmt.Errorf("data[%d]: %s stands twice, with different numbers", i, day.Date.Format(time.DateOnly))
		}
		seen[day.Date] = day
	}
	days := make([]LivestreamDay, 0, len(seen))
	for _, day := range seen {
		if !day.Date.Before(w.Start) && !day.Date.After(w.End) {
			days = append(days, day)
		}
	}
	slices.SortFunc(days, func(a, b LivestreamDay) int { return cmp.Compare(a.Date.Unix(), b.Date.Unix()) })
	return days, nil
}

func livestreamDay(raw json.RawMessage) (day LivestreamDay, err error) {
	row, err := decodeObject(raw)
	if err != nil {
		return day, err
	}
	if day.Date, err = decodeDate(row["date"]); err != nil {
		return day, fmt.Errorf("date: %w", err)
	}
	for key, number := range map[string]*int64{
		"count":                &day.Sessions,
		"total_ingest_seconds": &day.IngestSeconds,
		"total_viewer_seconds": &day.ViewerSeconds,
	} {
		if *number, err = decodeNumber(row[key]); err != nil {
			return day, fmt.Errorf("%s: %w", key, err)
		}
	}
	return day, nil
}
