package release

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

// expectChart compares the packaged chart with that of `helm package`, and renders both it
// and the chart's folder. The chart's own tests are in deploy/test/helm.
func expectChart(t *testing.T, archive string) {
	t.Helper()
	const name = "realtimekit-exporter"
	chart, err := filepath.Abs(filepath.Join(root, "deploy/helm", name))
	if err != nil {
		t.Fatal(err)
	}
	command := func(args ...string) string {
		cmd := exec.CommandContext(t.Context(), args[0], args[1:]...)
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s: %v\n%s", cmd, err, out)
		}
		return string(out)
	}
	helm := []string{"go", "-C", root + "/tools/helm", "tool", "helm"}
	to := t.TempDir()
	command(append(helm, "package", chart, "--destination="+to)...)
	command("tar", "-xzf", filepath.Join(to, filepath.Base(archive)), "-C", to)

	unpacked, theirs := unpack(t, archive, name), filepath.Join(to, name)
	if got, want := list(t, unpacked), list(t, theirs); !slices.Equal(got, want) {
		t.Fatalf("it has %q, want %q", got, want)
	}
	for _, file := range list(t, unpacked) {
		// Helm rewrites Chart.yaml without comments.
		if file != "Chart.yaml" && !bytes.Equal(read(t, filepath.Join(unpacked, file)), read(t, filepath.Join(theirs, file))) {
			t.Errorf("%s is not that of helm package", file)
		}
	}
	template := func(of string) string {
		return command(append(helm, "template", "rtk", of, "--kube-version=1.34", "--values="+chart+"/ci/everything-values.yaml")...)
	}
	if template(archive) != template(chart) {
		t.Error("it renders other objects than the folder")
	}
}
