package kubernetes

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/realtimekit-exporter/realtimekit_exporter/deploy/test/internal/manifests"
)

const prometheusRule = dashboards + "/prometheusrule.yaml"

// TestPrometheusRule_HasTheRules compares what reaches the cluster with the files
// that Prometheus itself loads, and updates it with -update.
func TestPrometheusRule_HasTheRules(t *testing.T) {
	if flag.Lookup("update").Value.String() == "true" {
		writeRule(t)
	}
	for _, way := range []string{standalone, sidecar, dashboards} {
		manifests.ExpectRules(t, build(t, way))
	}
}

func ruleFiles(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(dashboards + "/rules/*.yml")
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// writeRule joins the files' groups below one spec. Prometheus wants a file to have
// nothing but groups, and kustomize can't put one below a key.
func writeRule(t *testing.T) {
	t.Helper()
	groups := &yaml.Node{Kind: yaml.SequenceNode}
	for _, file := range ruleFiles(t) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var rules struct{ Groups yaml.Node }
		if err := yaml.Unmarshal(text, &rules); err != nil {
			t.Fatal(err)
		}
		groups.Content = append(groups.Content, rules.Groups.Content...)
	}
	out := bytes.NewBufferString(`# The rules of rules/*.yml for the Prometheus Operator. Made by make golden: edit those.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: realtimekit-exporter
`)
	encoder := yaml.NewEncoder(out)
	encoder.SetIndent(2)
	if err := encoder.Encode(map[string]any{"spec": map[string]any{"groups": groups}}); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(prometheusRule, out.Bytes(), 0o644); err != nil { //nolint:gosec // it is for everybody
		t.Fatal(err)
	}
}
