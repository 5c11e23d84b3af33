package kubernetes

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	core "k8s.io/api/core/v1"
)

const dashboards = root + "/dashboards"

func TestDashboards_ConfigMapsHaveTheLabel(t *testing.T) {
	files, err := filepath.Glob(dashboards + "/*.json")
	if err != nil || len(files) != 2 {
		t.Fatalf("there are the dashboards %v: %v", files, err)
	}
	for _, way := range []string{standalone, sidecar, dashboards} {
		all := build(t, way)
		for _, file := range files {
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			c, ok := holder(all, filepath.Base(file))
			if !ok {
				t.Fatalf("%s: no ConfigMap has %s", way, file)
			}
			if c.Data[filepath.Base(file)] != string(want) || c.Labels["grafana_dashboard"] != "1" {
				t.Errorf("%s: %s is another, or has not the label", way, c.Name)
			}
			// A name with a hash would be a second ConfigMap after each change, with the same uid.
			if want := "grafana-dashboard-realtimekit-" + strings.TrimSuffix(filepath.Base(file), ".json"); c.Name != want {
				t.Errorf("%s: %s is in the ConfigMap %s, want %s", way, file, c.Name, want)
			}
			// A ConfigMap holds 1 MiB. `kubectl apply` writes the whole of it into an
			// annotation besides, and annotations hold 256 KiB.
			whole, err := json.Marshal(c)
			if err != nil {
				t.Fatal(err)
			}
			if len(whole) > 256<<10 {
				t.Errorf("%s: %s is too large to be applied: %d bytes", way, c.Name, len(whole))
			}
		}
	}
}

// holder is the ConfigMap that has a file.
func holder(all objects, file string) (core.ConfigMap, bool) {
	for _, c := range all.configMaps {
		if _, ok := c.Data[file]; ok {
			return c, true
		}
	}
	return core.ConfigMap{}, false
}
