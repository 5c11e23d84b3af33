package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/exporter-toolkit/web"
)

// stopTimeout is the time for responses in progress after a SIGTERM.
const stopTimeout = 1200 * time.Millisecond

// serve serves until ctx ends, and then completes the responses in progress. TLS
// and passwords are handled by the exporter-toolkit.
func serve(ctx context.Context, main, health http.Handler, o *options, logger *slog.Logger) error {
	failed := make(chan error, 2)
	errorLog := newErrorLog(logger, o.checkWebConfig)
	server, probes := newServer(main, errorLog), newServer(health, errorLog)
	if o.healthAddress != "" {
		l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", o.healthAddress)
		if err != nil {
			return fmt.Errorf("opening --web.health-address: %w", err)
		}
		logger.Info("Serving health checks", "address", l.Addr().String())
		go func() { failed <- probes.Serve(l) }()
	}
	go func() { failed <- web.ListenAndServe(server, o.web, logger) }()

	select {
	case err := <-failed:
		return fmt.Errorf("serving: %w", err)
	case <-ctx.Done():
	}
	logger.Info("Stopping")
	// Not ctx, which has ended: scrapes get their response, which is complete at once
	// since nothing waits for the API any more, and slow readers a moment.
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	for _, s := range []*http.Server{server, probes} {
		if err := s.Shutdown(grace); errors.Is(err, context.DeadlineExceeded) {
			logger.Warn("Closing connections that did not end in time")
			_ = s.Close()
		}
	}
	return nil
}

func newServer(h http.Handler, errorLog *errorLog) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       time.Minute,
		WriteTimeout:      6 * time.Minute, // until the first byte: a scrape may wait for 5
		IdleTimeout:       5 * time.Minute, // Prometheus keeps connections between scrapes
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          errorLog.logger(),
	}
}
