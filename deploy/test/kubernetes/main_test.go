package kubernetes

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestMain builds the exporter and kustomize, and puts them first on the PATH.
func TestMain(m *testing.M) {
	flag.Bool("update", false, "write dashboards/prometheusrule.yaml anew")
	dir, err := os.MkdirTemp("", "kubernetes")
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
	for _, args := range [][]string{
		{"build", "-C", root, "-buildvcs=false", "-o", dir, "./cmd/realtimekit_exporter"},
		{"build", "-o", filepath.Join(dir, "kustomize"), "sigs.k8s.io/kustomize/kustomize/v5"},
	} {
		build := exec.Command("go", args...) //nolint:noctx // there is no test yet whose context it could have
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %w\n%s", build, err, out)
		}
	}
	return os.Setenv("PATH", dir+string(filepath.ListSeparator)+os.Getenv("PATH"))
}
