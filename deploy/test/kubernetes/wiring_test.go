package kubernetes

import (
	"strings"
	"testing"

	"github.com/realtimekit-exporter/realtimekit_exporter/deploy/test/internal/manifests"
)

func TestMounts_ExistOrAreOptional(t *testing.T) {
	eachLayout(t, func(t *testing.T, all manifests.Objects, _ bool) { manifests.ExpectMounts(t, all) })
}

// TestExamples_OneNamespace checks that all objects are in the namespace of the Secret:
// a PodMonitor looks for Pods in its own namespace.
func TestExamples_OneNamespace(t *testing.T) {
	for _, way := range []string{standalone, sidecar} {
		for name, m := range build(t, way).Metadata() {
			if m.Namespace != "streaming" {
				t.Errorf("%s: %s is in the namespace %q", way, name, m.Namespace)
			}
		}
	}
}

func TestConfig_ChangeRestartsTheExporterOnly(t *testing.T) {
	for way, hashed := range map[string]bool{standalone: true, base: true, sidecar: false} {
		for _, v := range build(t, way).Deployment(t).Spec.Template.Spec.Volumes {
			if v.ConfigMap != nil && (v.ConfigMap.Name != "realtimekit-exporter") != hashed {
				t.Errorf("%s: the name of its ConfigMap is %s", way, v.ConfigMap.Name)
			}
		}
	}
}

func TestSelectors_MatchTheExportersPod(t *testing.T) {
	eachLayout(t, func(t *testing.T, all manifests.Objects, _ bool) { manifests.ExpectSelectors(t, all) })
	for _, way := range []string{standalone, sidecar} {
		if n := len(build(t, way).PodMonitors); n != 1 {
			t.Errorf("%s: %d PodMonitors", way, n)
		}
	}
}

func TestPorts_MatchTheExporter(t *testing.T) {
	eachLayout(t, func(t *testing.T, all manifests.Objects, sidecar bool) { manifests.ExpectPorts(t, all, sidecar) })
	if port := build(t, base).Services[0].Spec.Ports[0].Port; port != 11780 {
		t.Errorf("the Service has port %d", port)
	}
}

func TestNetworkPolicy_AllowsOnlyWhatIsNeeded(t *testing.T) {
	policies := build(t, base).NetworkPolicies
	if len(policies) != 1 {
		t.Fatalf("there are %d", len(policies))
	}
	n := policies[0].Spec
	if len(n.PolicyTypes) != 2 {
		t.Errorf("it lacks a policy type: %v", n.PolicyTypes)
	}
	var in, out []string
	for _, rule := range n.Ingress {
		for _, p := range rule.Ports {
			in = append(in, p.Port.String())
			if p.Port.StrVal == "realtimekit" && len(rule.From) == 0 {
				t.Error("metrics are reachable from outside the cluster")
			}
		}
	}
	for _, rule := range n.Egress {
		for _, p := range rule.Ports {
			out = append(out, string(*p.Protocol)+" "+p.Port.String())
		}
	}
	if got := strings.Join(in, ", ") + "; " + strings.Join(out, ", "); got != "realtimekit, rtk-health; UDP 53, TCP 53, TCP 443" {
		t.Errorf("in and out go %s", got)
	}
}

func TestPodMonitor_MatchesREADME(t *testing.T) {
	e := build(t, sidecar).PodMonitors[0].Spec.PodMetricsEndpoints[0]
	if !e.HonorLabels || e.Interval != "1m" || e.ScrapeTimeout != "10s" {
		t.Errorf("it scrapes with honorLabels %v, every %s, for %s", e.HonorLabels, e.Interval, e.ScrapeTimeout)
	}
}
