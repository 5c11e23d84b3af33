package kubernetes

import (
	"slices"
	"strings"
	"testing"

	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
)

func TestMounts_ExistOrAreOptional(t *testing.T) {
	for way, all := range ways(t) {
		pod := all.deployment(t).Spec.Template.Spec
		volumes := map[string]core.Volume{}
		for _, v := range pod.Volumes {
			volumes[v.Name] = v
			switch {
			case v.ConfigMap != nil:
				if _, ok := configMap(all, v.ConfigMap.Name); !ok {
					t.Errorf("%s: there is no ConfigMap %s", way, v.ConfigMap.Name)
				}
			case v.Secret != nil:
				if v.Secret.Optional == nil || !*v.Secret.Optional {
					t.Errorf("%s: without the Secret %s no Pod starts", way, v.Secret.SecretName)
				}
				if m := v.Secret.DefaultMode; m == nil || *m != 0o444 {
					t.Errorf("%s: user 65532 can't read the token", way)
				}
			}
		}
		for _, m := range exporter(t, pod).VolumeMounts {
			if _, ok := volumes[m.Name]; !ok || m.SubPath != "" || m.SubPathExpr != "" || !m.ReadOnly {
				t.Errorf("%s: mount %+v: want a volume, whole, read-only", way, m)
			}
		}
		if n := pod.ServiceAccountName; n != "" && !slices.ContainsFunc(all.serviceAccounts, func(s core.ServiceAccount) bool {
			return s.Name == n && s.AutomountServiceAccountToken != nil && !*s.AutomountServiceAccountToken
		}) {
			t.Errorf("%s: there is no ServiceAccount %s without a token", way, n)
		}
	}
}

// TestExamples_OneNamespace checks that all objects are in the namespace of the Secret:
// a PodMonitor looks for Pods in its own namespace.
func TestExamples_OneNamespace(t *testing.T) {
	for _, way := range []string{standalone, sidecar} {
		for name, namespace := range build(t, way).namespaces() {
			if namespace != "streaming" {
				t.Errorf("%s: %s is in the namespace %q", way, name, namespace)
			}
		}
	}
}

func TestConfig_ChangeRestartsTheExporterOnly(t *testing.T) {
	for way, hashed := range map[string]bool{standalone: true, base: true, sidecar: false} {
		for _, v := range build(t, way).deployment(t).Spec.Template.Spec.Volumes {
			if v.ConfigMap != nil && (v.ConfigMap.Name != "realtimekit-exporter") != hashed {
				t.Errorf("%s: the name of its ConfigMap is %s", way, v.ConfigMap.Name)
			}
		}
	}
}

func TestSelectors_MatchTheExportersPod(t *testing.T) {
	for way, all := range ways(t) {
		d := all.deployment(t)
		pod := labels.Set(d.Spec.Template.Labels)
		expectMatch(t, way+": Deployment", d.Spec.Selector, pod)
		for _, s := range all.services {
			expectMatch(t, way+": Service", &meta.LabelSelector{MatchLabels: s.Spec.Selector}, pod)
		}
		for _, n := range all.networkPolicies {
			expectMatch(t, way+": NetworkPolicy", &n.Spec.PodSelector, pod)
		}
		for _, m := range all.podMonitors {
			expectMatch(t, way+": PodMonitor", &m.Spec.Selector, pod)
		}
		if n := len(all.podMonitors); n != 1 && way != "base" {
			t.Errorf("%s: %d PodMonitors", way, n)
		}
	}
}

// expectMatch checks that a selector matches the exporter's Pod, and not every Pod.
func expectMatch(t *testing.T, whose string, selector *meta.LabelSelector, pod labels.Set) {
	t.Helper()
	s, err := meta.LabelSelectorAsSelector(selector)
	if err != nil {
		t.Fatal(err)
	}
	if !s.Matches(pod) || s.Matches(labels.Set{"app.kubernetes.io/name": "another"}) {
		t.Errorf("%s: the selector %q does not meet %v, or everything", whose, s, pod)
	}
}

func TestPorts_MatchTheExporter(t *testing.T) {
	for way, all := range ways(t) {
		c := exporter(t, all.deployment(t).Spec.Template.Spec)
		ports := map[string]int32{}
		for _, p := range c.Ports {
			ports[p.Name] = p.ContainerPort
		}
		if ports["realtimekit"] != 11780 || !slices.Contains(c.Args, "--web.health-address=:11781") || ports["rtk-health"] != 11781 {
			t.Errorf("%s: the exporter does not listen at its ports %v", way, ports)
		}
		named := []intstr.IntOrString{c.LivenessProbe.HTTPGet.Port}
		if c.ReadinessProbe != nil {
			named = append(named, c.ReadinessProbe.HTTPGet.Port)
		}
		for _, s := range all.services {
			named = append(named, s.Spec.Ports[0].TargetPort)
		}
		for _, n := range all.networkPolicies {
			for _, rule := range n.Spec.Ingress {
				named = append(named, *rule.Ports[0].Port)
			}
		}
		for _, m := range all.podMonitors {
			named = append(named, intstr.FromString(*m.Spec.PodMetricsEndpoints[0].Port))
		}
		for _, n := range named {
			if _, ok := ports[n.StrVal]; !ok {
				t.Errorf("%s: there is no port %q", way, n.StrVal)
			}
		}
		if c.LivenessProbe.HTTPGet.Port.StrVal != "rtk-health" || c.LivenessProbe.HTTPGet.Path != "/-/healthy" {
			t.Errorf("%s: the liveness probe requests %v", way, c.LivenessProbe.HTTPGet)
		}
		if way == "sidecar" {
			continue
		}
		if r := c.ReadinessProbe; r == nil || r.HTTPGet.Port.StrVal != "rtk-health" || r.HTTPGet.Path != "/-/ready" {
			t.Errorf("%s: the readiness probe requests %v", way, r)
		}
		if len(all.services) != 1 || len(all.services[0].Spec.Ports) != 1 || all.services[0].Spec.Ports[0].Port != 11780 {
			t.Errorf("%s: its Services are %v, want one with port 11780", way, all.services)
		}
	}
}

func TestNetworkPolicy_AllowsOnlyWhatIsNeeded(t *testing.T) {
	policies := build(t, base).networkPolicies
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
	e := build(t, sidecar).podMonitors[0].Spec.PodMetricsEndpoints[0]
	if !e.HonorLabels || e.Interval != "1m" || e.ScrapeTimeout != "10s" {
		t.Errorf("it scrapes with honorLabels %v, every %s, for %s", e.HonorLabels, e.Interval, e.ScrapeTimeout)
	}
}

func configMap(all objects, name string) (core.ConfigMap, bool) {
	for _, c := range all.configMaps {
		if c.Name == name {
			return c, true
		}
	}
	return core.ConfigMap{}, false
}
