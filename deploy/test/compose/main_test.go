package compose

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestMain builds the exporter, puts it first on the PATH, and goes to where the
// user stands.
func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "compose")
	if err == nil {
		defer os.RemoveAll(dir)
		err = prepare(dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.RemoveAll(dir)
		os.Exit(1)
	}
	m.Run()
}

func prepare(dir string) error {
	if err := os.Chdir("../../compose"); err != nil {
		return err
	}
	//nolint:noctx // there is no test yet whose context it could have
	build := exec.Command("go", "build", "-C", "../..", "-buildvcs=false", "-o", dir, "./cmd/realtimekit_exporter")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", build, err, out)
	}
	return os.Setenv("PATH", dir+string(filepath.ListSeparator)+os.Getenv("PATH"))
}
