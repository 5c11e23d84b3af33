package kubernetes

import (
	"bytes"
	"os/exec"
	"testing"

	"github.com/realtimekit-exporter/realtimekit_exporter/deploy/test/internal/manifests"
	"github.com/realtimekit-exporter/realtimekit_exporter/deploy/test/internal/program"
)

const (
	root       = program.Root
	kubernetes = root + "/deploy/kubernetes"
	base       = kubernetes + "/base"
	standalone = kubernetes + "/examples/standalone"
	sidecar    = kubernetes + "/examples/sidecar"
	dashboards = root + "/dashboards"

	image = "ghcr.io/realtimekit-exporter/realtimekit_exporter"
)

// build runs kustomize as `kubectl apply -k` does, and reads what comes out.
func build(t *testing.T, dir string) manifests.Objects {
	t.Helper()
	var stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), "kustomize", "build", dir)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil || stderr.Len() > 0 { // it warns of what is deprecated
		t.Fatalf("%s: %v\n%s", cmd, err, &stderr)
	}
	return manifests.Read(t, string(out))
}

// eachLayout runs a test for each way to deploy: as a separate Deployment, and as a sidecar.
func eachLayout(t *testing.T, test func(*testing.T, manifests.Objects, bool)) {
	t.Helper()
	for name, dir := range map[string]string{"base": base, "standalone": standalone, "sidecar": sidecar} {
		t.Run(name, func(t *testing.T) { test(t, build(t, dir), dir == sidecar) })
	}
}
