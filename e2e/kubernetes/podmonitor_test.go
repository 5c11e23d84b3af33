package kubernetes

import (
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness"
)

// TestPodMonitor_ReplacedPodKeepsItsSeries scrapes two exporters as the
// Prometheus Operator would: with the labels that it gives to a Pod's target, and
// then with the PodMonitor's relabelings.
func TestPodMonitor_ReplacedPodKeepsItsSeries(t *testing.T) {
	var monitor struct {
		Spec struct {
			PodMetricsEndpoints []struct {
				Port        string
				HonorLabels bool `yaml:"honorLabels"`
				Relabelings yaml.Node
			} `yaml:"podMetricsEndpoints"`
		}
	}
	if err := yaml.Unmarshal([]byte(harness.ReadFile(t, "../../deploy/kubernetes/components/monitoring/podmonitor.yaml")), &monitor); err != nil {
		t.Fatal(err)
	}
	endpoint := monitor.Spec.PodMetricsEndpoints[0]
	relabelings, err := yaml.Marshal(&endpoint.Relabelings)
	if err != nil {
		t.Fatal(err)
	}
	// The Operator writes it for Prometheus, with other spellings of the keys.
	relabel := strings.NewReplacer("targetLabel:", "target_label:", "sourceLabels:", "source_labels:", "\n", "\n    ").Replace("\n" + string(relabelings))

	var jobs strings.Builder
	for _, pod := range []string{"backstage-5d9c-x7k2p", "backstage-84f6-q9w4z"} {
		exporter := harness.Start(t, "realtimekit_exporter", "--demo", "--web.listen-address=127.0.0.1:0")
		jobs.WriteString(harness.Job("podMonitor/streaming/"+pod, []*harness.Process{exporter}, map[string]string{
			"job": "streaming/realtimekit-exporter", "endpoint": endpoint.Port,
			"namespace": "streaming", "container": "realtimekit-exporter", "pod": pod,
		}, "relabel_configs:"+relabel))
	}
	if !endpoint.HonorLabels {
		t.Error("labels of the exporter are not honoured")
	}
	prom := harness.StartPrometheus(t, jobs.String())
	prom.AwaitScrapes(t, 1, 6) // one series, of more samples than a single exporter gives it in the time
	var data struct{ Result []harness.Series }
	if err := prom.Fetch(t.Context(), "query", map[string][]string{"query": {"up"}}, &data); err != nil {
		t.Fatal(err)
	}
	if len(data.Result) != 1 {
		t.Fatalf("two Pods make %d series", len(data.Result))
	}
	labels := data.Result[0].Metric
	if labels["job"] != "realtimekit" || labels["instance"] != "realtimekit-exporter" || labels["namespace"] != "streaming" {
		t.Errorf("its labels are %v", labels)
	}
}
