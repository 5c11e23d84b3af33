package harness

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

const (
	// Root is the path of the repository from the folder of a test package, in which
	// go test runs the package's tests.
	Root = "../.."

	// Version is the version of the exporter under test.
	Version = "0.0.0-e2e"
)

// Main is TestMain of the packages that start programs. It builds the exporter,
// Prometheus and promtool, puts them first on the PATH, and runs the tests.
func Main(m *testing.M) {
	if err := Build(context.Background(), Root); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1) //nolint:revive // this is TestMain
	}
	avoidMidnight()
	m.Run()
}

// Build builds the programs of the repository at root into e2e/bin, which all test
// packages share, and puts them first on the PATH. go build leaves a program as it is
// when nothing has changed. A lock makes packages that run at the same time wait for
// the first one.
func Build(ctx context.Context, root string) error {
	bin, err := filepath.Abs(filepath.Join(root, "e2e/bin"))
	if err == nil {
		err = os.MkdirAll(bin, 0o755)
	}
	if err != nil {
		return err
	}
	lock, err := os.OpenFile(filepath.Join(bin, ".lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	defer lock.Close() // which unlocks it
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return fmt.Errorf("lock %s: %w", lock.Name(), err)
	}
	for _, args := range [][]string{
		{ // static, as it is released
			"build", "-C", root, "-buildvcs=false", "-ldflags=-X github.com/prometheus/common/version.Version=" + Version,
			"-o", bin, "./cmd/realtimekit_exporter",
		},
		// The tools of go.mod. Without service discovery, Prometheus takes a quarter of the time.
		{"build", "-C", filepath.Join(root, "e2e"), "-tags=remove_all_sd", "-ldflags=-s -w", "-o", bin, "tool"},
	} {
		cmd := exec.CommandContext(ctx, "go", args...)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %w\n%s", cmd, err, out)
		}
	}
	return os.Setenv("PATH", bin+string(filepath.ListSeparator)+os.Getenv("PATH"))
}

// avoidMidnight waits for 00:00 UTC if it comes within the time that the tests of a
// package take: what the exporter shows changes then, and the clock here is the real one.
func avoidMidnight() {
	const longest = 15 * time.Minute
	now := time.Now()
	if left := now.Truncate(24 * time.Hour).Add(24 * time.Hour).Sub(now); left < longest {
		<-time.After(left + time.Second)
	}
}
