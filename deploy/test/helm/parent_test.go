package helm

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/realtimekit-exporter/realtimekit_exporter/deploy/test/internal/manifests"
)

// TestParent_ChartAsADependency renders a chart that depends on this one, with a condition
// and with global values. Helm passes both to this chart.
func TestParent_ChartAsADependency(t *testing.T) {
	dir := t.TempDir()
	ours, err := filepath.Abs(chart)
	if err == nil {
		err = errors.Join(os.Mkdir(dir+"/charts", 0o700), os.Symlink(ours, dir+"/charts/realtimekit-exporter"))
	}
	for name, text := range map[string]string{
		"Chart.yaml": `apiVersion: v2
name: parent
version: 1.0.0
dependencies:
  - name: realtimekit-exporter
    version: ">=0.1.0"
    condition: realtimekit-exporter.enabled
`,
		"values.yaml": `global:
  imageRegistry: registry.example.com
realtimekit-exporter:
  enabled: true
  accountId: 023e105f4ecef8ad9ca31a8372d0c353
  apiToken:
    existingSecret: realtimekit-exporter
`,
	} {
		err = errors.Join(err, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	if err != nil {
		t.Fatal(err)
	}
	for set, want := range map[string]int{"true": 1, "false": 0} {
		out, err := run(t, "template", "rtk", dir, "--kube-version=1.34", "--set=realtimekit-exporter.enabled="+set)
		if err != nil {
			t.Fatal(err)
		}
		if n := len(manifests.Read(t, out).Deployments); n != want {
			t.Errorf("enabled is %s, and there are %d Deployments", set, n)
		}
	}
}
