package main

import (
	"io"
	"log/slog"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	sloggokit "github.com/tjhop/slog-gokit"
)

func newLogger(w io.Writer, severity, format string) log.Logger {
	return log.With(newPlainLogger(w, severity, format), "caller", log.DefaultCaller, "time", log.DefaultTimestampUTC)
}

// newSlogger bridges to the logger that the exporter-toolkit wants. It adds time
// and caller itself.
func newSlogger(w io.Writer, severity, format string) *slog.Logger {
	return slog.New(sloggokit.NewGoKitHandler(newPlainLogger(w, severity, format), slog.LevelDebug))
}

func newPlainLogger(w io.Writer, severity, format string) log.Logger {
	w = log.NewSyncWriter(w)
	logger := log.NewLogfmtLogger(w)
	if format == "json" {
		logger = log.NewJSONLogger(w)
	}
	return level.NewFilter(logger, level.Allow(level.ParseDefault(severity, level.InfoValue())))
}
