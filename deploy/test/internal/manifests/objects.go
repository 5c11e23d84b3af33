// Package manifests reads Kubernetes objects as the API server would, strictly, and checks
// what every way to deploy the exporter promises: whichever tool made the objects.
package manifests

import (
	"strings"
	"testing"

	monitoring "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"
)

// Objects are those that a tool made, by kind.
type Objects struct {
	Deployments     []apps.Deployment
	ConfigMaps      []core.ConfigMap
	Secrets         []core.Secret
	Services        []core.Service
	ServiceAccounts []core.ServiceAccount
	NetworkPolicies []networking.NetworkPolicy
	PodMonitors     []monitoring.PodMonitor
	PrometheusRules []monitoring.PrometheusRule
}

// Read reads YAML documents. A kind that is not expected, and a field that its type does
// not have, fail the test.
func Read(t *testing.T, text string) Objects {
	t.Helper()
	var all Objects
	for document := range strings.SplitSeq("\n"+text, "\n---\n") {
		if strings.TrimSpace(document) == "" {
			continue
		}
		document += "\n" // it may end a text in the document's last line
		var head struct{ APIVersion, Kind string }
		if err := yaml.Unmarshal([]byte(document), &head); err != nil {
			t.Fatal(err)
		}
		switch head.APIVersion + " " + head.Kind {
		case "apps/v1 Deployment":
			all.Deployments = read(t, document, all.Deployments)
		case "v1 ConfigMap":
			all.ConfigMaps = read(t, document, all.ConfigMaps)
		case "v1 Secret":
			all.Secrets = read(t, document, all.Secrets)
		case "v1 Service":
			all.Services = read(t, document, all.Services)
		case "v1 ServiceAccount":
			all.ServiceAccounts = read(t, document, all.ServiceAccounts)
		case "networking.k8s.io/v1 NetworkPolicy":
			all.NetworkPolicies = read(t, document, all.NetworkPolicies)
		case "monitoring.coreos.com/v1 PodMonitor":
			all.PodMonitors = read(t, document, all.PodMonitors)
		case "monitoring.coreos.com/v1 PrometheusRule":
			all.PrometheusRules = read(t, document, all.PrometheusRules)
		default:
			t.Fatalf("there is a %s of %s", head.Kind, head.APIVersion)
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

// Metadata returns that of each object, by its kind and name.
func (o Objects) Metadata() map[string]meta.ObjectMeta {
	of := map[string]meta.ObjectMeta{}
	add := func(m meta.ObjectMeta, kind string) { of[kind+" "+m.Name] = m }
	for _, d := range o.Deployments {
		add(d.ObjectMeta, "Deployment")
	}
	for _, c := range o.ConfigMaps {
		add(c.ObjectMeta, "ConfigMap")
	}
	for _, s := range o.Secrets {
		add(s.ObjectMeta, "Secret")
	}
	for _, s := range o.Services {
		add(s.ObjectMeta, "Service")
	}
	for _, s := range o.ServiceAccounts {
		add(s.ObjectMeta, "ServiceAccount")
	}
	for _, n := range o.NetworkPolicies {
		add(n.ObjectMeta, "NetworkPolicy")
	}
	for _, m := range o.PodMonitors {
		add(m.ObjectMeta, "PodMonitor")
	}
	for _, r := range o.PrometheusRules {
		add(r.ObjectMeta, "PrometheusRule")
	}
	return of
}

// Deployment returns the only one that there is.
func (o Objects) Deployment(t *testing.T) apps.Deployment {
	t.Helper()
	if len(o.Deployments) != 1 {
		t.Fatalf("there are %d Deployments", len(o.Deployments))
	}
	return o.Deployments[0]
}

// Exporter returns the Pod of the only Deployment, and the exporter's container in it.
func (o Objects) Exporter(t *testing.T) (core.PodSpec, core.Container) {
	t.Helper()
	pod := o.Deployment(t).Spec.Template.Spec
	for _, c := range append(pod.InitContainers, pod.Containers...) {
		if c.Name == "realtimekit-exporter" {
			return pod, c
		}
	}
	t.Fatal("there is no exporter in the Pod")
	return core.PodSpec{}, core.Container{}
}

// ConfigMap returns the one of that name.
func (o Objects) ConfigMap(name string) (core.ConfigMap, bool) {
	for _, c := range o.ConfigMaps {
		if c.Name == name {
			return c, true
		}
	}
	return core.ConfigMap{}, false
}
