// Package logging creates the exporter's loggers. They never block or fail, even if
// their output does.
package logging

import (
	"io"
	"log/slog"
	"strings"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	sloggokit "github.com/tjhop/slog-gokit"
)

// New returns a logger of messages of this severity or above, in the format logfmt or
// json.
func New(w io.Writer, severity, format string) log.Logger {
	return log.With(newPlain(w, severity, format), "caller", log.DefaultCaller, "time", log.DefaultTimestampUTC)
}

// NewSlog is New for the exporter-toolkit, which expects another interface.
func NewSlog(w io.Writer, severity, format string) *slog.Logger {
	// The handler adds time and caller itself.
	return slog.New(sloggokit.NewGoKitHandler(newPlain(w, severity, format), slog.LevelDebug))
}

func newPlain(w io.Writer, severity, format string) log.Logger {
	w = log.NewSyncWriter(w)
	logger := log.NewLogfmtLogger(w)
	if format == "json" {
		logger = log.NewJSONLogger(w)
	}
	return level.NewFilter(logger, level.Allow(level.ParseDefault(severity, level.InfoValue())))
}

// Failure logs why the exporter does not run, one message per problem.
func Failure(logger log.Logger, err error) {
	for problem := range strings.SplitSeq(err.Error(), "\n") {
		level.Error(logger).Log("msg", "exporter failed", "err", problem)
	}
}
