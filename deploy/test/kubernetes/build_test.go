package kubernetes

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"

	monitoring "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"github.com/realtimekit-exporter/realtimekit_exporter/deploy/test/internal/program"
)

const (
	root       = program.Root
	manifests  = root + "/deploy/kubernetes"
	base       = manifests + "/base"
	standalone = manifests + "/examples/standalone"
	sidecar    = manifests + "/examples/sidecar"
)

// objects are what a kustomization amounts to, by kind.
type objects struct {
	deployments     []apps.Deployment
	configMaps      []core.ConfigMap
	services        []core.Service
	serviceAccounts []core.ServiceAccount
	networkPolicies []networking.NetworkPolicy
	podMonitors     []monitoring.PodMonitor
	prometheusRules []monitoring.PrometheusRule
}

// build runs kustomize as `kubectl apply -k` does, and reads what comes out: a
// kind that isn't expected, and a field that its type doesn't have, is an error.
func build(t *testing.T, dir string) objects {
	t.Helper()
	var stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), "kustomize", "build", dir)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil || stderr.Len() > 0 { // it warns of what is deprecated
		t.Fatalf("%s: %v\n%s", cmd, err, &stderr)
	}
	var all objects
	for document := range strings.SplitSeq(string(out), "\n---\n") {
		var head struct{ APIVersion, Kind string }
		if err := yaml.Unmarshal([]byte(document), &head); err != nil {
			t.Fatal(err)
		}
		switch head.APIVersion + " " + head.Kind {
		case "apps/v1 Deployment":
			all.deployments = read(t, document, all.deployments)
		case "v1 ConfigMap":
			all.configMaps = read(t, document, all.configMaps)
		case "v1 Service":
			all.services = read(t, document, all.services)
		case "v1 ServiceAccount":
			all.serviceAccounts = read(t, document, all.serviceAccounts)
		case "networking.k8s.io/v1 NetworkPolicy":
			all.networkPolicies = read(t, document, all.networkPolicies)
		case "monitoring.coreos.com/v1 PodMonitor":
			all.podMonitors = read(t, document, all.podMonitors)
		case "monitoring.coreos.com/v1 PrometheusRule":
			all.prometheusRules = read(t, document, all.prometheusRules)
		default:
			t.Fatalf("%s has a %s of %s", dir, head.Kind, head.APIVersion)
		}
	}
	return all
}

func read[T any](t *testing.T, document string, to []T) []T {
	t.Helper()
	var object T
	if err := yaml.UnmarshalStrict([]byte(document), &object); err != nil {
		t.Fatalf("%v in\n%s", err, document)
	}
	return append(to, object)
}

// namespaces returns the namespace of each object.
func (o objects) namespaces() map[string]string {
	in := map[string]string{}
	add := func(m meta.ObjectMeta, kind string) { in[kind+" "+m.Name] = m.Namespace }
	for _, d := range o.deployments {
		add(d.ObjectMeta, "Deployment")
	}
	for _, c := range o.configMaps {
		add(c.ObjectMeta, "ConfigMap")
	}
	for _, s := range o.services {
		add(s.ObjectMeta, "Service")
	}
	for _, s := range o.serviceAccounts {
		add(s.ObjectMeta, "ServiceAccount")
	}
	for _, n := range o.networkPolicies {
		add(n.ObjectMeta, "NetworkPolicy")
	}
	for _, m := range o.podMonitors {
		add(m.ObjectMeta, "PodMonitor")
	}
	for _, r := range o.prometheusRules {
		add(r.ObjectMeta, "PrometheusRule")
	}
	return in
}

// deployment returns the only one that there is.
func (o objects) deployment(t *testing.T) apps.Deployment {
	t.Helper()
	if len(o.deployments) != 1 {
		t.Fatalf("there are %d Deployments", len(o.deployments))
	}
	return o.deployments[0]
}

// exporter returns the exporter's container in the Pod.
func exporter(t *testing.T, pod core.PodSpec) core.Container {
	t.Helper()
	for _, c := range append(pod.InitContainers, pod.Containers...) {
		if strings.HasPrefix(c.Image, image+":") {
			return c
		}
	}
	t.Fatal("there is no exporter in the Pod")
	return core.Container{}
}

const image = "ghcr.io/realtimekit-exporter/realtimekit_exporter"

// ways are those of deploying it: as a Deployment of its own, and as a sidecar.
func ways(t *testing.T) map[string]objects {
	t.Helper()
	return map[string]objects{
		"base": build(t, base), "standalone": build(t, standalone), "sidecar": build(t, sidecar),
	}
}
