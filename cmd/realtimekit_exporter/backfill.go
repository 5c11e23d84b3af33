package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/alecthomas/kingpin/v2"

	"github.com/realtimekit-exporter/realtimekit_exporter/cmd/realtimekit_exporter/internal/backfill"
	"github.com/realtimekit-exporter/realtimekit_exporter/cmd/realtimekit_exporter/internal/config"
	"github.com/realtimekit-exporter/realtimekit_exporter/cmd/realtimekit_exporter/internal/flagvalue"
	"github.com/realtimekit-exporter/realtimekit_exporter/cmd/realtimekit_exporter/internal/progress"
)

// backfillCommand defines the command backfill.
func backfillCommand(app *kingpin.Application, o *options) *command {
	c := app.Command("backfill", "Request past days within the rate limit, and write them to stdout as the series of the recording rules, in OpenMetrics format for promtool. Progress and instructions go to stderr.")
	var span backfill.Span
	c.Flag("from", "First day (UTC).").PlaceHolder("DATE").Required().SetValue(flagvalue.Date("from", &span.From))
	c.Flag("to", "Last day (UTC). Default and latest day: the day before yesterday.").PlaceHolder("DATE").SetValue(flagvalue.Date("to", &span.To))
	names := c.Flag("app", "Name of an app. Repeatable. Default: all apps.").PlaceHolder("NAME").Strings()
	return &command{clause: c, accepts: []string{"config.file"}, run: func(ctx context.Context, stdout io.Writer) error {
		ctx, stop := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
		defer stop()
		l, err := source(o.configFile, o.configChosen, config.NewTokenFiles())()
		if err != nil {
			return err
		}
		line := progress.New(os.Stderr)
		if l.notice != "" {
			line.Printf("%s", l.notice)
		}
		return backfill.Run(ctx, &l.plan, span, *names, time.Now, stdout, line)
	}}
}
