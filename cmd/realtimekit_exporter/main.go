// Command realtimekit_exporter is a Prometheus exporter for the day-wise
// livestream analytics of Cloudflare RealtimeKit apps.
//
// Read main.go first: run and start are the whole program as a recipe. The command
// line is in flags.go, the configuration in config.go, the HTTP routes in web.go, and
// loading of the configuration in reload.go. What it collects is in package collector.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/version"

	"github.com/realtimekit-exporter/realtimekit_exporter/collector"
)

const program = "realtimekit_exporter"

func main() {
	// Go ends a process that writes to a closed stdout or stderr, unless this is said.
	signal.Ignore(syscall.SIGPIPE)
	os.Exit(run(context.Background(), os.Args[1:], os.Stdout, os.Stderr, time.Now))
}

// run is the program: it serves until ctx ends or a signal comes. It returns the
// exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer, now func() time.Time) int {
	messages := newLogWriter(stderr)
	defer messages.close()
	if len(args) > 0 && args[0] == healthCommand {
		return exitStatus(messages, args, healthcheck(ctx, args[1:], stdout))
	}
	opts, err := parseFlags(args, stdout)
	if err != nil || opts == nil {
		return exitStatus(messages, args, err)
	}
	files := newTokenFiles()
	load := func() (*loaded, error) { return loadFile(opts.configFile, os.Getenv(tokenVariable), files) }
	if opts.demo {
		load = func() (*loaded, error) { return loadDemo(now) }
	}
	if opts.check {
		return exitStatus(messages, args, check(ctx, load, opts, stdout))
	}
	logger := newLogger(messages, opts.logLevel, opts.logFormat)
	if err := start(ctx, opts, load, messages, logger, now); err != nil {
		logFailure(logger, err)
		return 1
	}
	return 0
}

// start loads the configuration and serves.
func start(ctx context.Context, opts *options, load func() (*loaded, error), messages *logWriter, logger log.Logger, now func() time.Time) error {
	if err := opts.checkWebConfig(); err != nil {
		return err
	}

	// From here on a SIGHUP reloads, and does not kill.
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	defer signal.Stop(hangup)
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
	defer stop()

	level.Info(logger).Log("msg", "starting "+program, "version", version.Info(), "build_context", version.BuildContext())

	metrics := prometheus.NewRegistry()
	metrics.MustRegister(messages.dropped)
	exporter := collector.New(ctx, logger, metrics, now)
	reloader := newReloader(load, exporter, logger, metrics, now)
	if err := reloader.reload(); err != nil {
		return err
	}
	go reloader.watch(ctx, hangup, opts.reloadInterval)

	health := healthHandler(ctx)
	handler, err := newHandler(ctx, exporter, reloader, metrics, health, opts)
	if err != nil {
		return err
	}
	return serve(ctx, handler, health, opts, newSlogger(messages, opts.logLevel, opts.logFormat))
}
