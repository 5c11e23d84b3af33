package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	gokit "github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/version"
	"github.com/prometheus/exporter-toolkit/web"

	"github.com/realtimekit-exporter/realtimekit_exporter/cmd/realtimekit_exporter/internal/logging"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector"
)

const (
	// stopTimeout is the time for responses in progress after a SIGTERM.
	stopTimeout = 1200 * time.Millisecond
	// saveTimeout is the time for the last write to cache.directory after that. The
	// write begins with the SIGTERM.
	saveTimeout = time.Second
)

// start loads the configuration and serves.
func start(ctx context.Context, opts *options, load func() (*loaded, error), messages *logging.Writer, logger gokit.Logger, now func() time.Time) error {
	if err := opts.checkWebConfig(); err != nil {
		return err
	}

	// From here on a SIGHUP reloads, and does not end the process.
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	defer signal.Stop(hangup)
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
	defer stop()

	level.Info(logger).Log("msg", "starting "+program, "version", version.Info(), "build_context", version.BuildContext())

	metrics := prometheus.NewRegistry()
	metrics.MustRegister(messages.Dropped)
	exporter := collector.New(ctx, logger, metrics, now)
	reloader := newReloader(load, exporter, logger, metrics, now)
	// One of its files may be on a file system that does not respond.
	loading := make(chan error, 1)
	go func() { loading <- reloader.reload() }()
	select {
	case err := <-loading:
		if err != nil {
			return err
		}
	case <-ctx.Done():
		return nil
	}
	go reloader.watch(ctx, hangup, opts.reloadInterval)

	level.Info(logger).Log("msg", "requests begin with the first scrape", "apps", reloader.state.Load().config.Apps())
	health := healthHandler(ctx)
	handler, err := newHandler(ctx, exporter, reloader, metrics, health, opts)
	if err != nil {
		return err
	}
	err = serve(ctx, handler, health, opts, logging.NewSlog(messages, opts.logLevel, opts.logFormat))
	stop() // the server has ended, possibly with an error
	saving, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveTimeout)
	defer cancel()
	exporter.WaitSaved(saving)
	return err
}

// serve serves until ctx ends, and then completes the responses in progress. TLS
// and passwords are handled by the exporter-toolkit.
func serve(ctx context.Context, main, health http.Handler, o *options, logger *slog.Logger) error {
	failed := make(chan error, 2)
	errorLog := logging.NewErrorLog(logger, o.checkWebConfig)
	server, probes := newServer(main, errorLog), newServer(health, errorLog)
	if o.healthAddress != "" {
		l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", o.healthAddress)
		if err != nil {
			return fmt.Errorf("opening --web.health-address: %w", err)
		}
		logger.Info("serving health checks", "address", l.Addr().String())
		go func() { failed <- probes.Serve(l) }()
	}
	go func() { failed <- web.ListenAndServe(server, o.web, logger) }()

	select {
	case err := <-failed:
		return fmt.Errorf("serving: %w", err)
	case <-ctx.Done():
	}
	logger.Info("stopping")
	// A new context, because ctx has ended. Scrapes get their response at once, since
	// nothing waits for the API any more. Slow readers get some more time.
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	for _, s := range []*http.Server{server, probes} {
		if err := s.Shutdown(grace); errors.Is(err, context.DeadlineExceeded) {
			logger.Warn("closing connections that did not end in time")
			_ = s.Close()
		}
	}
	return nil
}

func newServer(h http.Handler, errorLog *log.Logger) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       time.Minute,
		WriteTimeout:      6 * time.Minute, // until the first byte: a scrape may wait for 5
		IdleTimeout:       5 * time.Minute, // Prometheus keeps connections between scrapes
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          errorLog,
		HTTP2:             &http.HTTP2Config{WriteByteTimeout: 30 * time.Second}, // closes a connection that is not read
	}
}
