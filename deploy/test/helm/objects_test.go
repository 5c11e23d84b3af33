package helm

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	core "k8s.io/api/core/v1"

	"github.com/realtimekit-exporter/realtimekit_exporter/deploy/test/internal/manifests"
	"github.com/realtimekit-exporter/realtimekit_exporter/deploy/test/internal/program"
)

func TestObjects_MeetTheChecksOfKustomize(t *testing.T) {
	eachValues(t, func(t *testing.T, file string) {
		all := render(t, "--values="+file)
		manifests.ExpectRestricted(t, all)
		manifests.ExpectSecurityContext(t, all, false)
		manifests.ExpectGOMEMLIMIT(t, all)
		manifests.ExpectPlainNames(t, all)
		manifests.ExpectMounts(t, all)
		manifests.ExpectSelectors(t, all)
		manifests.ExpectPorts(t, all, false)
		if d := all.Deployment(t).Spec; *d.Replicas != 1 || d.Strategy.Type != "Recreate" {
			t.Errorf("%d replicas, replaced by %s", *d.Replicas, d.Strategy.Type)
		}
		for name, m := range all.Metadata() {
			if m.Namespace == "" {
				t.Errorf("%s has no namespace", name)
			}
			if !strings.Contains(name, "-object") && !strings.Contains(name, "-text") && m.Labels["app.kubernetes.io/instance"] != "rtk" {
				t.Errorf("%s has the labels %v", name, m.Labels)
			}
		}
	})
}

func TestGOMEMLIMIT_Units(t *testing.T) {
	for limit, want := range map[string]string{
		"100": "90", "1.5Gi": "1449551462", "64Mi": "60397977", "1000Ki": "921600", "1G": "900000000", "200M": "180000000", "5k": "4500",
	} {
		_, c := render(t, "--values="+account, "--set-string=resources.limits.memory="+limit).Exporter(t)
		if got := manifests.Env(c)["GOMEMLIMIT"].Value; got != want {
			t.Errorf("%s: %q, want %s", limit, got, want)
		}
	}
	for name, set := range map[string]string{"no limit": "--set=resources.limits=null", "one of the user": "--set-json=extraEnv=[{\"name\": \"GOMEMLIMIT\", \"value\": \"1GiB\"}]"} {
		_, c := render(t, "--values="+account, set).Exporter(t)
		if slices.ContainsFunc(c.Env, func(e core.EnvVar) bool { return e.Name == "GOMEMLIMIT" && e.Value != "1GiB" }) {
			t.Errorf("%s: %v", name, c.Env)
		}
	}
}

func TestMonitoring_HasTheRulesAndDashboards(t *testing.T) {
	for file, label := range map[string]string{config: "1", everything: "livestreams"} {
		all := render(t, "--values="+file)
		manifests.ExpectRules(t, all)
		manifests.ExpectDashboards(t, all, label)
	}
	all := render(t, "--values="+account)
	if len(all.PodMonitors)+len(all.PrometheusRules)+len(all.ConfigMaps)+len(all.NetworkPolicies) > 0 {
		t.Errorf("without being asked for, there are %v", all.Metadata())
	}
}

// TestPodMonitor_EqualsKustomize compares the endpoint with that of the component
// "monitoring", which a real Prometheus has scraped.
func TestPodMonitor_EqualsKustomize(t *testing.T) {
	want := manifests.Read(t, program.ReadFile(t, root+"/deploy/kubernetes/components/monitoring/podmonitor.yaml")).PodMonitors[0].Spec.PodMetricsEndpoints[0]
	all := render(t, "--values="+config)
	got := all.PodMonitors[0].Spec.PodMetricsEndpoints[0]
	got.Scheme = nil                                                       // http, its default
	got.RelabelConfigs[0].Replacement = want.RelabelConfigs[0].Replacement // below
	if !reflect.DeepEqual(got, want) {
		t.Errorf("it is %+v, want %+v", got, want)
	}
	// Two releases are two instances.
	for release, want := range map[string]string{"rtk": "rtk-realtimekit-exporter", "realtimekit-exporter": "realtimekit-exporter", "realtimekit-exporter-2": "realtimekit-exporter-2"} {
		out, err := run(t, "template", release, chart, "--kube-version=1.34", "--values="+config)
		if err != nil {
			t.Fatal(err)
		}
		m := manifests.Read(t, out).PodMonitors[0].Spec
		if got := m.PodMetricsEndpoints[0].RelabelConfigs[0]; got.TargetLabel != "instance" || *got.Replacement != want {
			t.Errorf("release %s: instance is %v, want %s", release, got, want)
		}
	}
	// In another namespace it still selects the Pods of the release.
	m := render(t, "--values="+everything).PodMonitors[0]
	if m.Namespace != "monitoring" || !slices.Equal(m.Spec.NamespaceSelector.MatchNames, []string{"streaming"}) {
		t.Errorf("from %s it selects Pods in %v", m.Namespace, m.Spec.NamespaceSelector)
	}
}
