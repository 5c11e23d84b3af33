package api

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/cloudflare/cloudflare-go/v7/option"
	"github.com/cloudflare/cloudflare-go/v7/realtime_kit"
)

// LivestreamTotals are an app's livestreams of a day, or of a window.
type LivestreamTotals struct {
	Sessions      int64   // livestream sessions
	IngestSeconds float64 // time during which input was given
	ViewerSeconds float64 // view time, summed over the viewers
}

// LivestreamOverall requests the [overall livestream analytics] of an app: those of the
// whole window. It calls window when the request is sent. Any error of the request is
// an [*Error].
//
// [overall livestream analytics]: https://developers.cloudflare.com/api/resources/realtime_kit/subresources/livestreams/methods/get_livestream_analytics_complete/
func (c *Client) LivestreamOverall(ctx context.Context, app App, window func() Window) (LivestreamTotals, error) {
	resp, err := c.request(ctx, app, func(ctx context.Context, c *Client, opts ...option.RequestOption) error {
		w := window()
		var p realtime_kit.LivestreamGetLivestreamAnalyticsCompleteParams
		p.AccountID.Value, p.AccountID.Present = app.AccountID, true
		p.StartTime.Value, p.StartTime.Present = w.Start.Unix(), true
		p.EndTime.Value, p.EndTime.Present = w.End.Unix(), true
		p.Filters.Value, p.Filters.Present = app.Filters, app.Filters != ""
		_, err := c.livestreams.GetLivestreamAnalyticsComplete(ctx, app.ID, p, opts...)
		return err
	})
	if err != nil {
		return LivestreamTotals{}, err
	}
	data, err := resp.data()
	if err != nil {
		return LivestreamTotals{}, err
	}
	totals, err := livestreamOverall(data)
	if err != nil {
		return LivestreamTotals{}, resp.app.malformed(err)
	}
	return totals, nil
}

// livestreamOverall decodes an object, or an array with at most one. Without one there
// were no livestreams.
func livestreamOverall(data json.RawMessage) (LivestreamTotals, error) {
	if kind(data) == "an array" {
		rows, err := decodeArray(data)
		switch {
		case err != nil:
			return LivestreamTotals{}, fmt.Errorf("data: %w", err)
		case len(rows) > 1:
			return LivestreamTotals{}, fmt.Errorf("data: found an array of %d, not of one", len(rows))
		case len(rows) == 0:
			return LivestreamTotals{}, nil
		}
		data = rows[0]
	}
	if data == nil {
		return LivestreamTotals{}, nil
	}
	row, err := decodeObject(data)
	if err != nil {
		return LivestreamTotals{}, fmt.Errorf("data: %w", err)
	}
	totals, err := livestreamTotals(row)
	if err != nil {
		return LivestreamTotals{}, fmt.Errorf("data: %w", err)
	}
	return totals, nil
}

func livestreamTotals(row map[string]json.RawMessage) (t LivestreamTotals, err error) {
	if t.Sessions, err = decodeCount(row["count"]); err != nil {
		return t, fmt.Errorf("count: %w", err)
	}
	if t.IngestSeconds, err = decodeFloat(row["total_ingest_seconds"]); err != nil {
		return t, fmt.Errorf("total_ingest_seconds: %w", err)
	}
	if t.ViewerSeconds, err = decodeFloat(row["total_viewer_seconds"]); err != nil {
		return t, fmt.Errorf("total_viewer_seconds: %w", err)
	}
	return t, nil
}
