// Command realtimekit_exporter is a Prometheus exporter for the analytics of Cloudflare
// RealtimeKit apps.
//
// The command line is in commands.go and flags.go, and each command in its own file;
// serving is the default (serve.go). HTTP routes are in web.go, the configuration
// is loaded in reload.go and parsed in package config. Package collector collects.
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/cmd/realtimekit_exporter/internal/buildinfo"
	"github.com/realtimekit-exporter/realtimekit_exporter/cmd/realtimekit_exporter/internal/config"
	"github.com/realtimekit-exporter/realtimekit_exporter/cmd/realtimekit_exporter/internal/logging"
)

const program = "realtimekit_exporter"

func main() {
	// Otherwise a write to a closed stdout or stderr ends the process.
	signal.Ignore(syscall.SIGPIPE)
	// net/http logs protocol errors to the standard logger, with bytes that the API sent.
	log.SetOutput(io.Discard)
	buildinfo.Complete()
	os.Exit(run(context.Background(), os.Args[1:], os.Stdout, os.Stderr, time.Now))
}

// run is the program: it serves until ctx ends or a signal comes, or runs another
// command. It returns the exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer, now func() time.Time) int {
	messages := logging.NewWriter(stderr)
	defer messages.Close()
	line := newCommandLine()
	cmd, proceed, err := line.parse(args, stdout)
	if err != nil || !proceed {
		return exitStatus(messages, args, err)
	}
	if cmd != nil {
		return exitStatus(messages, args, cmd.run(ctx, stdout))
	}
	opts := line.options
	files := config.NewTokenFiles()
	load := func() (*loaded, error) { return loadDemo(now) }
	if !opts.demo {
		load = source(opts.configFile, opts.configChosen, files)
	}
	if opts.check {
		return exitStatus(messages, args, checkConfig(ctx, load, opts, stdout))
	}
	logger := logging.New(messages, opts.logLevel, opts.logFormat)
	if err := start(ctx, opts, load, messages, logger, now); err != nil {
		logging.Failure(logger, err)
		return 1
	}
	return 0
}

// exitStatus returns the exit status of a command. It prints an error as plain text,
// or as a log message if the log format is JSON.
func exitStatus(w io.Writer, args []string, err error) int {
	switch {
	case err == nil:
		return 0
	case slices.Contains(args, "--log.format=json"):
		logging.Failure(logging.New(w, "error", "json"), err)
	default:
		fmt.Fprintf(w, "%s: %v\n", program, err)
	}
	return 1
}
