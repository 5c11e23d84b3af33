package kubernetes

import (
	"strings"
	"testing"

	"github.com/realtimekit-exporter/realtimekit_exporter/deploy/test/internal/manifests"
)

func TestDashboards_ConfigMapsHaveTheLabel(t *testing.T) {
	for _, way := range []string{standalone, sidecar, dashboards} {
		for file, name := range manifests.ExpectDashboards(t, build(t, way), "1") {
			// A name with a hash would be a second ConfigMap after each change, with the same uid.
			if want := "grafana-dashboard-realtimekit-" + strings.TrimSuffix(file, ".json"); name != want {
				t.Errorf("%s: %s is in the ConfigMap %s, want %s", way, file, name, want)
			}
		}
	}
}
