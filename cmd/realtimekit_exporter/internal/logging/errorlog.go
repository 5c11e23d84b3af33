package logging

import (
	"log"
	"log/slog"
	"strings"
	"time"

	"golang.org/x/time/rate"
)

// An errorLog receives the messages of net/http's server. Those about clients are
// for debugging. Those about the exporter are warnings, at most once a minute for
// each kind, since any client can cause them.
type errorLog struct {
	to             *slog.Logger
	checkWebConfig func() error

	tls, panics, accept rate.Sometimes
}

// NewErrorLog returns the logger for net/http's server. checkWebConfig returns why the
// certificate cannot be loaded, if so.
func NewErrorLog(to *slog.Logger, checkWebConfig func() error) *log.Logger {
	return log.New(&errorLog{
		to: to, checkWebConfig: checkWebConfig,
		tls:    rate.Sometimes{Interval: time.Minute},
		panics: rate.Sometimes{Interval: time.Minute},
		accept: rate.Sometimes{Interval: time.Minute},
	}, "", 0)
}

// Write implements [io.Writer] for one message.
func (e *errorLog) Write(message []byte) (int, error) {
	text := strings.TrimSpace(string(message[:min(len(message), 4<<10)])) // a stack trace is long
	e.to.Debug("HTTP server error", "err", text)
	switch {
	case strings.Contains(text, "TLS handshake error"):
		// The message does not say whose fault it is. It is the exporter's if its
		// certificate cannot be loaded, which each handshake repeats.
		if err := e.checkWebConfig(); err != nil {
			e.tls.Do(func() { e.to.Warn("TLS configuration failed, connections are refused", "err", err) })
		}
	case strings.Contains(text, "panic serving"):
		e.panics.Do(func() { e.to.Warn("HTTP handler panicked", "err", text) })
	case strings.Contains(text, "Accept error"):
		e.accept.Do(func() { e.to.Warn("connection not accepted, will retry", "err", text) })
	}
	return len(message), nil
}
