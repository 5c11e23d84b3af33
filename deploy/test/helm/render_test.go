package helm

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/realtimekit-exporter/realtimekit_exporter/deploy/test/internal/manifests"
	"github.com/realtimekit-exporter/realtimekit_exporter/deploy/test/internal/program"
)

const (
	root  = program.Root
	chart = root + "/deploy/helm/realtimekit-exporter"
	ci    = chart + "/ci/"

	account    = ci + "account-values.yaml"
	token      = ci + "token-values.yaml"
	config     = ci + "config-values.yaml"
	everything = ci + "everything-values.yaml"
)

// run runs Helm, and returns its output without messages about symbolic links.
func run(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), "helm", args...)
	cmd.Env = append(os.Environ(), "HELM_CACHE_HOME="+t.TempDir(), "HELM_CONFIG_HOME="+t.TempDir(), "HELM_DATA_HOME="+t.TempDir(), "KUBECONFIG=/dev/null")
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		_, problem, _ := strings.Cut(stderr.String(), "Error: ")
		return string(out), errors.New(problem)
	}
	return string(out), nil
}

// template renders the chart as the release "rtk" in the namespace "streaming".
func template(t *testing.T, args ...string) (string, error) {
	t.Helper()
	// A Helm that is built without its Makefile assumes Kubernetes 1.20.
	return run(t, append([]string{"template", "rtk", chart, "--namespace=streaming", "--kube-version=1.34"}, args...)...)
}

// render is template for values that are valid.
func render(t *testing.T, args ...string) manifests.Objects {
	t.Helper()
	out, err := template(t, args...)
	if err != nil {
		t.Fatal(err)
	}
	return manifests.Read(t, out)
}

// eachValues runs a test for each file of ci, as the tools of chart repositories do.
func eachValues(t *testing.T, test func(t *testing.T, file string)) {
	t.Helper()
	files, err := filepath.Glob(ci + "*-values.yaml")
	if err != nil || len(files) < 4 {
		t.Fatalf("found %v, %v", files, err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) { test(t, file) })
	}
}

func TestChart_PassesLint(t *testing.T) {
	eachValues(t, func(t *testing.T, file string) {
		if out, err := run(t, "lint", "--strict", "--kube-version=1.34", "--values="+file, chart); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
	})
	if out, err := run(t, "lint", "--strict", "--kube-version=1.34", chart); err != nil {
		t.Errorf("without values: %v\n%s", err, out)
	}
}

func TestChart_VersionIsTheExporters(t *testing.T) {
	version := strings.TrimSpace(program.ReadFile(t, root+"/VERSION"))
	out, err := run(t, "show", "chart", chart)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"\nversion: " + version + "\n", "appVersion: " + version + "\n"} {
		if !strings.Contains("\n"+out, want) {
			t.Errorf("Chart.yaml lacks %q:\n%s", strings.TrimSpace(want), out)
		}
	}
	if _, c := render(t, "--values="+account).Exporter(t); c.Image != "ghcr.io/realtimekit-exporter/realtimekit_exporter:v"+version {
		t.Errorf("the image is %s", c.Image)
	}
}
