package oneshot

import (
	"context"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector"
)

// maxDays is the maximum number of days per request. The API does not document the
// largest range that it accepts.
const maxDays = 31

// Chunks returns the number of requests for the days from one to another.
func Chunks(from, to time.Time) int { return len(chunks(from, to)) }

// chunks divides the days from one to another, both included.
func chunks(from, to time.Time) (windows []api.Window) {
	for !from.After(to) {
		last := from.AddDate(0, 0, maxDays-1)
		if last.After(to) {
			last = to
		}
		windows = append(windows, api.PastDays(from, last))
		from = last.AddDate(0, 0, 1)
	}
	return windows
}

// History requests a report of an app for the days from one to another. It adds days of 0
// from the first row to the last day, as for a single response. It calls done after each
// successful request.
func (l *Limiter) History(ctx context.Context, r collector.Report, app api.App, from, to time.Time, done func()) (collector.Data, error) {
	all := collector.Data{Window: api.PastDays(from, to), Rows: make([][]collector.Row, len(r.Metrics))}
	client := l.Client(app.Token, nil)
	for _, w := range chunks(from, to) {
		var data collector.Data
		err := l.try(ctx, func() (err error) {
			data, err = r.Fetch(ctx, client, app, func() api.Window { return w })
			return err
		})
		if err != nil {
			return collector.Data{}, err
		}
		for i, rows := range data.Rows {
			all.Rows[i] = append(all.Rows[i], rows...)
		}
		all.Skipped += data.Skipped
		all.ServerTime = data.ServerTime
		done()
	}
	all.Rows = all.Filled()
	return all, nil
}
