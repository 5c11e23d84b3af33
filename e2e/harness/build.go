package e2e

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "e2e")
	if err == nil {
		err = build(context.Background(), dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.RemoveAll(dir)
		os.Exit(1)
	}
	defer os.RemoveAll(dir)
	clearOfMidnight()
	m.Run()
}

const builtVersion = "0.0.0-e2e"

// build makes the exporter, static as users get it, and the tools that go.mod
// names, and puts them first on the PATH.
func build(ctx context.Context, dir string) error {
	for _, args := range [][]string{
		{
			"build", "-C", "..", "-buildvcs=false", "-ldflags=-X github.com/prometheus/common/version.Version=" + builtVersion,
			"-o", dir, "./cmd/realtimekit_exporter",
		},
		// Without service discovery Prometheus is built in a quarter of the time.
		{"build", "-tags=remove_all_sd", "-ldflags=-s -w", "-o", dir + string(filepath.Separator), "tool"},
	} {
		cmd := exec.CommandContext(ctx, "go", args...)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %w\n%s", cmd, err, out)
		}
	}
	return os.Setenv("PATH", dir+string(filepath.ListSeparator)+os.Getenv("PATH"))
}

// clearOfMidnight waits for the next day when this one is nearly over: what is
// shown changes at 00:00 UTC, and here the clock is the real one.
func clearOfMidnight() {
	const longest = 15 * time.Minute // that the tests take
	now := time.Now()
	if left := now.Truncate(24 * time.Hour).Add(24 * time.Hour).Sub(now); left < longest {
		<-time.After(left + time.Second)
	}
}
