// Package program builds the exporter for the tests of this module, and has
// the helpers that several of them need to run it.
package program

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Root is the path of the repository from the folder of a test package, in which go
// test runs the package's tests.
const Root = "../../.."

// Build builds the exporter into a folder, static, as it is released.
func Build(ctx context.Context, dir string) error {
	return goBuild(ctx, "-C", Root, "-buildvcs=false", "-o", filepath.Join(dir, "realtimekit_exporter"), "./cmd/realtimekit_exporter")
}

func goBuild(ctx context.Context, args ...string) error {
	cmd := exec.CommandContext(ctx, "go", append([]string{"build"}, args...)...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", cmd, err, out)
	}
	return nil
}

// Main is TestMain of the packages that run the exporter by its name. It builds the
// exporter and these tools, by name and the folder of the module that has them, puts them
// first on the PATH, changes to a folder, and runs the tests.
func Main(m *testing.M, folder string, tools map[string]string) {
	dir, err := os.MkdirTemp("", "realtimekit_exporter")
	if err == nil {
		defer os.RemoveAll(dir)
		err = prepare(context.Background(), dir, folder, tools)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.RemoveAll(dir)
		os.Exit(1) //nolint:revive // this is TestMain
	}
	m.Run()
}

func prepare(ctx context.Context, dir, folder string, tools map[string]string) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	if err := Build(ctx, dir); err != nil {
		return err
	}
	for name, module := range tools {
		if err := link(ctx, filepath.Join(dir, name), module, name); err != nil {
			return err
		}
	}
	if err := os.Setenv("PATH", dir+string(filepath.ListSeparator)+os.Getenv("PATH")); err != nil {
		return err
	}
	return os.Chdir(folder)
}

// link links a tool from Go's cache, where it stays from run to run.
func link(ctx context.Context, to, module, name string) error {
	var stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, "go", "-C", module, "tool", "-n", name)
	cmd.Stderr = &stderr
	path, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("%s: %w\n%s", cmd, err, &stderr)
	}
	return os.Symlink(strings.TrimSpace(string(path)), to)
}

// Eventually calls a function until it returns no error. After 30 seconds it fails the
// test with the last error.
func Eventually(t *testing.T, try func() error) {
	t.Helper()
	deadline := time.After(30 * time.Second)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		err := try()
		if err == nil {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("after 30s: %v", err)
		}
	}
}

// ReadFile returns the content of a file.
func ReadFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
