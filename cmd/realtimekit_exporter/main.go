// Command realtimekit_exporter is a Prometheus exporter for the day-wise
// livestream analytics of Cloudflare RealtimeKit apps.
//
// Read main.go first: run is the whole program as a recipe. What it is told is in
// flags.go and config.go, what it serves in web.go, and how a configuration gets
// into force in reload.go. What it collects is in package collector.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/go-kit/log/level"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/version"

	"github.com/realtimekit-exporter/realtimekit_exporter/collector"
)

const program = "realtimekit_exporter"

func main() {
	if err := run(context.Background(), os.Args[1:], os.Stdout, os.Stderr, time.Now); err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", program, err)
		os.Exit(1)
	}
}

// run is the program: it serves until ctx ends or a signal comes.
func run(ctx context.Context, args []string, stdout, stderr io.Writer, now func() time.Time) error {
	if len(args) > 0 && args[0] == healthCommand {
		return healthcheck(ctx, args[1:], stdout)
	}
	opts, err := parseFlags(args, stdout)
	if err != nil || opts == nil {
		return err
	}
	files := newTokenFiles()
	load := func() (*loaded, error) { return loadFile(opts.configFile, os.Getenv(tokenVariable), files) }
	if opts.demo {
		load = func() (*loaded, error) { return loadDemo(now) }
	}
	if opts.check {
		return check(ctx, load, opts, stdout)
	}
	if err := opts.checkWebConfig(); err != nil {
		return err
	}

	// From here on a SIGHUP reloads, and does not kill.
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	defer signal.Stop(hangup)
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
	defer stop()

	logger := newLogger(stderr, opts.logLevel, opts.logFormat)
	level.Info(logger).Log("msg", "starting "+program, "version", version.Info(), "build_context", version.BuildContext())

	metrics := prometheus.NewRegistry()
	exporter := collector.New(ctx, logger, metrics, now)
	reloader := newReloader(load, exporter, logger, metrics, now)
	if err := reloader.reload(); err != nil {
		return err
	}
	go reloader.watch(ctx, hangup, opts.reloadInterval)

	health := healthHandler(ctx)
	handler, err := newHandler(exporter, reloader, metrics, health, opts)
	if err != nil {
		return err
	}
	return serve(ctx, handler, health, opts, newSlogger(stderr, opts.logLevel, opts.logFormat))
}
