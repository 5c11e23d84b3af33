package manifests

import (
	"slices"
	"testing"

	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"

	core "k8s.io/api/core/v1"
)

// ExpectMounts checks that what the Pod mounts exists or is optional, and that the exporter
// sees changes of it.
func ExpectMounts(t *testing.T, all Objects) {
	t.Helper()
	pod, c := all.Exporter(t)
	volumes := map[string]core.Volume{}
	for _, v := range pod.Volumes {
		volumes[v.Name] = v
		switch {
		case v.ConfigMap != nil:
			if _, ok := all.ConfigMap(v.ConfigMap.Name); !ok {
				t.Errorf("there is no ConfigMap %s", v.ConfigMap.Name)
			}
		case v.Secret != nil:
			if v.Secret.Optional == nil || !*v.Secret.Optional {
				t.Errorf("without the Secret %s no Pod starts", v.Secret.SecretName)
			}
			if m := v.Secret.DefaultMode; m == nil || *m != 0o444 {
				t.Error("user 65532 can't read the token")
			}
		}
	}
	for _, m := range c.VolumeMounts {
		if v, ok := volumes[m.Name]; !ok || m.SubPath != "" || m.SubPathExpr != "" || m.ReadOnly == (v.EmptyDir != nil) {
			t.Errorf("mount %+v: want a volume, whole, and read-only unless it is an emptyDir", m)
		}
	}
	if n := pod.ServiceAccountName; n != "" && !slices.ContainsFunc(all.ServiceAccounts, func(s core.ServiceAccount) bool {
		return s.Name == n && s.AutomountServiceAccountToken != nil && !*s.AutomountServiceAccountToken
	}) {
		t.Errorf("there is no ServiceAccount %s without a token", n)
	}
}

// ExpectSelectors checks that every selector matches the exporter's Pod, and not every Pod.
func ExpectSelectors(t *testing.T, all Objects) {
	t.Helper()
	d := all.Deployment(t)
	pod := labels.Set(d.Spec.Template.Labels)
	expectMatch(t, "Deployment", d.Spec.Selector, pod)
	for _, s := range all.Services {
		expectMatch(t, "Service", &meta.LabelSelector{MatchLabels: s.Spec.Selector}, pod)
	}
	for _, n := range all.NetworkPolicies {
		expectMatch(t, "NetworkPolicy", &n.Spec.PodSelector, pod)
	}
	for _, m := range all.PodMonitors {
		expectMatch(t, "PodMonitor", &m.Spec.Selector, pod)
	}
}

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

// ExpectPorts checks that the exporter listens where the Pod says, and that what names a
// port names one of these. A sidecar has no readiness probe, and no Service.
func ExpectPorts(t *testing.T, all Objects, sidecar bool) {
	t.Helper()
	_, c := all.Exporter(t)
	ports := map[string]int32{}
	for _, p := range c.Ports {
		ports[p.Name] = p.ContainerPort
	}
	if ports["realtimekit"] != 11780 || !slices.Contains(c.Args, "--web.health-address=:11781") || ports["rtk-health"] != 11781 {
		t.Errorf("the exporter does not listen at its ports %v", ports)
	}
	named := []intstr.IntOrString{c.LivenessProbe.HTTPGet.Port}
	if c.ReadinessProbe != nil {
		named = append(named, c.ReadinessProbe.HTTPGet.Port)
	}
	for _, s := range all.Services {
		named = append(named, s.Spec.Ports[0].TargetPort)
	}
	for _, n := range all.NetworkPolicies {
		for _, rule := range n.Spec.Ingress {
			named = append(named, *rule.Ports[0].Port)
		}
	}
	for _, m := range all.PodMonitors {
		named = append(named, intstr.FromString(*m.Spec.PodMetricsEndpoints[0].Port))
	}
	for _, n := range named {
		if _, ok := ports[n.StrVal]; !ok {
			t.Errorf("there is no port %q", n.StrVal)
		}
	}
	if c.LivenessProbe.HTTPGet.Port.StrVal != "rtk-health" || c.LivenessProbe.HTTPGet.Path != "/-/healthy" {
		t.Errorf("the liveness probe requests %v", c.LivenessProbe.HTTPGet)
	}
	if sidecar {
		return
	}
	if r := c.ReadinessProbe; r == nil || r.HTTPGet.Port.StrVal != "rtk-health" || r.HTTPGet.Path != "/-/ready" {
		t.Errorf("the readiness probe requests %v", r)
	}
	if len(all.Services) != 1 || len(all.Services[0].Spec.Ports) != 1 {
		t.Errorf("its Services are %v, want one with one port", all.Services)
	}
}
