package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/alecthomas/kingpin/v2"

	"github.com/realtimekit-exporter/realtimekit_exporter/cmd/realtimekit_exporter/internal/config"
	"github.com/realtimekit-exporter/realtimekit_exporter/cmd/realtimekit_exporter/internal/progress"
	"github.com/realtimekit-exporter/realtimekit_exporter/cmd/realtimekit_exporter/internal/verify"
)

// verifyCommand defines the command verify.
func verifyCommand(app *kingpin.Application, o *options) *command {
	c := app.Command("verify", "Request the list of apps of each account and the reports of each app once, within the rate limit. Print one line per app and report: the data, or the error and what to do. Exit with 0 or 1.")
	return &command{clause: c, accepts: []string{"config.file"}, run: func(ctx context.Context, stdout io.Writer) error {
		l, err := source(o.configFile, o.configChosen, config.NewTokenFiles())()
		if err != nil {
			return err
		}
		if l.notice != "" {
			fmt.Fprintln(stdout, l.notice)
		}
		return verify.Run(ctx, &l.plan, time.Now, stdout, progress.New(os.Stderr))
	}}
}
