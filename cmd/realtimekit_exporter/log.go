package main

import (
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	sloggokit "github.com/tjhop/slog-gokit"
)

func newLogger(w io.Writer, severity, format string) log.Logger {
	return log.With(newPlainLogger(w, severity, format), "caller", log.DefaultCaller, "time", log.DefaultTimestampUTC)
}

// newSlogger bridges to the logger that the exporter-toolkit expects. It adds time
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

// logFailure logs why the exporter does not run, one message per problem.
func logFailure(logger log.Logger, err error) {
	for problem := range strings.SplitSeq(err.Error(), "\n") {
		level.Error(logger).Log("msg", "exporter failed", "err", problem)
	}
}

// exitStatus is that of a command. An error is printed as a sentence for the
// person who entered the command, unless they want JSON.
func exitStatus(w io.Writer, args []string, err error) int {
	switch {
	case err == nil:
		return 0
	case slices.Contains(args, "--log.format=json"):
		logFailure(newLogger(w, "error", "json"), err)
	default:
		fmt.Fprintf(w, "%s: %v\n", program, err)
	}
	return 1
}
