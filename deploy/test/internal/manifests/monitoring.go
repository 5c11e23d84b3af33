package manifests

import (
	"encoding/json"
	"path/filepath"
	"reflect"
	"testing"

	core "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/realtimekit-exporter/realtimekit_exporter/deploy/test/internal/program"
)

// ExpectRules checks that the only PrometheusRule has the rules that Prometheus itself loads
// from dashboards/rules.
func ExpectRules(t *testing.T, all Objects) {
	t.Helper()
	if len(all.PrometheusRules) != 1 {
		t.Fatalf("%d PrometheusRules", len(all.PrometheusRules))
	}
	var want []any
	for _, file := range glob(t, "rules/*.yml") {
		var rules struct{ Groups []any }
		if err := yaml.UnmarshalStrict([]byte(program.ReadFile(t, file)), &rules); err != nil {
			t.Fatal(err)
		}
		want = append(want, rules.Groups...)
	}
	text, err := yaml.Marshal(all.PrometheusRules[0].Spec)
	if err != nil {
		t.Fatal(err)
	}
	var got struct{ Groups []any }
	if err := yaml.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if len(want) == 0 || !reflect.DeepEqual(got.Groups, want) {
		t.Error("its rules are not those of dashboards/rules: make golden")
	}
}

// ExpectDashboards checks that each dashboard is in a ConfigMap with the label that
// Grafana's sidecar looks for. It returns the ConfigMaps' names by that of the dashboard.
func ExpectDashboards(t *testing.T, all Objects, label string) map[string]string {
	t.Helper()
	names := map[string]string{}
	for _, file := range glob(t, "*.json") {
		// The sidecar writes the files of all ConfigMaps into one folder.
		key := "realtimekit-" + filepath.Base(file)
		c, ok := holder(all, key)
		if !ok {
			t.Fatalf("no ConfigMap has %s", key)
		}
		if c.Data[key] != program.ReadFile(t, file) {
			t.Errorf("%s is not %s", c.Name, file)
		}
		if got := c.Labels["grafana_dashboard"]; got != label {
			t.Errorf("%s: the label grafana_dashboard is %q, want %q", c.Name, got, label)
		}
		// A ConfigMap holds 1 MiB. `kubectl apply` writes the whole of it into an
		// annotation besides, and annotations hold 256 KiB.
		whole, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		if len(whole) > 256<<10 {
			t.Errorf("%s is too large to be applied: %d bytes", c.Name, len(whole))
		}
		names[filepath.Base(file)] = c.Name
	}
	return names
}

// holder is the ConfigMap that has a file.
func holder(all Objects, file string) (core.ConfigMap, bool) {
	for _, c := range all.ConfigMaps {
		if _, ok := c.Data[file]; ok {
			return c, true
		}
	}
	return core.ConfigMap{}, false
}

func glob(t *testing.T, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(program.Root + "/dashboards/" + pattern)
	if err != nil || len(files) < 2 {
		t.Fatalf("%s: found %v, %v", pattern, files, err)
	}
	return files
}
