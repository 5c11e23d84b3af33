package backfill

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
	"github.com/realtimekit-exporter/realtimekit_exporter/cmd/realtimekit_exporter/internal/plural"
	"github.com/realtimekit-exporter/realtimekit_exporter/cmd/realtimekit_exporter/internal/progress"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector"
)

// recorded returns the name of the series that the recording rules record for yesterday.
func recorded(m collector.Metric) string { return "app:" + m.Name + ":yesterday" }

// noon returns the time of the sample of a day: 12:00 UTC of the next day. The documented
// query for a day reads the samples of the next day.
func noon(day time.Time) time.Time { return day.Add(36 * time.Hour) }

// write writes the days of the apps as OpenMetrics, and returns the number of samples. It
// returns when ctx ends, even if w blocks, and writes no # EOF then.
func write(ctx context.Context, w io.Writer, reports []collector.Report, apps []*app) (samples int, err error) {
	type result struct {
		samples int
		err     error
	}
	done := make(chan result, 1)
	go func() {
		buffer := bufio.NewWriterSize(contextWriter{ctx, w}, 64<<10)
		n, err := encode(buffer, reports, apps)
		done <- result{n, cmp.Or(err, buffer.Flush())}
	}()
	var r result
	select {
	case r = <-done:
	case <-ctx.Done():
	}
	switch {
	case ctx.Err() != nil:
		return 0, errors.New("interrupted")
	case r.err != nil:
		return 0, fmt.Errorf("writing the output: %w", r.err)
	}
	return r.samples, nil
}

// A contextWriter writes nothing after its context has ended.
type contextWriter struct {
	ctx context.Context //nolint:containedctx // io.Writer has no parameter for it
	w   io.Writer
}

func (u contextWriter) Write(p []byte) (int, error) {
	if u.ctx.Err() != nil {
		return 0, u.ctx.Err()
	}
	return u.w.Write(p)
}

// encode writes one family after another, and returns the number of samples.
func encode(w io.Writer, reports []collector.Report, apps []*app) (samples int, err error) {
	for i, r := range reports {
		for j, m := range r.Metrics {
			f := family(recorded(m), apps, func(a *app) []collector.Row { return a.data[i].Rows[j] })
			if len(f.Metric) == 0 {
				continue
			}
			if _, err := expfmt.MetricFamilyToOpenMetrics(w, f); err != nil {
				return 0, err
			}
			samples += len(f.Metric)
		}
	}
	_, err = expfmt.FinalizeOpenMetrics(w)
	return samples, err
}

// family returns the samples of a metric, app by app.
func family(name string, apps []*app, rows func(*app) []collector.Row) *dto.MetricFamily {
	f := &dto.MetricFamily{Name: &name, Type: dto.MetricType_GAUGE.Enum()}
	label := "app"
	for _, a := range apps {
		labels := []*dto.LabelPair{{Name: &label, Value: &a.Name}}
		for _, row := range rows(a) {
			at := noon(row.Date).UnixMilli()
			f.Metric = append(f.Metric, &dto.Metric{Label: labels, Gauge: &dto.Gauge{Value: &row.Value}, TimestampMs: &at})
		}
	}
	return f
}

// instruct prints how to import the output into Prometheus. Blocks of 486 hours are the
// largest that promtool creates; with its default, a year would have 365 blocks.
func instruct(line *progress.Line, s Span, samples, apps int, now time.Time) {
	if samples == 0 {
		line.Printf("the API has no rows from %s: there is nothing to import", s)
		return
	}
	days := int(api.Day(now).Sub(s.From)/(24*time.Hour)) + 1
	line.Printf(`wrote %s of %s from %s

To import the output into Prometheus:

1. Check that --storage.tsdb.retention.time of Prometheus is at least %dd: it deletes older blocks. The default is 15d.
2. Create the blocks as the user of Prometheus. FILE is the output of this command, DIRECTORY is Prometheus's
   --storage.tsdb.path:

   promtool tsdb create-blocks-from openmetrics --max-block-duration=486h FILE DIRECTORY

Prometheus loads the blocks within about a minute, without a restart.`,
		plural.Count(samples, "sample"), plural.Count(apps, "app"), s, days)
}
