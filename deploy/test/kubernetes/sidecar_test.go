package kubernetes

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/realtimekit-exporter/realtimekit_exporter/deploy/test/internal/manifests"
)

// hosts are Deployments as others write them.
func hosts(t *testing.T) map[string]string {
	t.Helper()
	example, err := os.ReadFile(sidecar + "/host.yaml")
	if err != nil {
		t.Fatal(err)
	}
	const head = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: host\n"
	return map[string]string{
		"the example's": string(example),
		"the barest": head + `  labels: {realtimekit-exporter/sidecar: "true"}
spec:
  selector: {matchLabels: {app: host}}
  template:
    metadata: {labels: {app: host}}
    spec:
      containers: [{name: host, image: host}]
`,
		"one with volumes and a sidecar of its own, and names like ours": head + `  labels: {realtimekit-exporter/sidecar: "true"}
spec:
  replicas: 3
  selector: {matchLabels: {app: host}}
  template:
    metadata: {labels: {app: host}, annotations: {a: b}}
    spec:
      serviceAccountName: host
      securityContext: {fsGroup: 7}
      initContainers:
        - {name: proxy, image: proxy, restartPolicy: Always, startupProbe: {tcpSocket: {port: 1}}}
      containers:
        - name: host
          image: host
          ports: [{name: metrics, containerPort: 9090}]
          volumeMounts: [{name: config, mountPath: /config, subPath: a}, {name: token, mountPath: /token}]
      volumes:
        - {name: config, configMap: {name: host}}
        - {name: token, secret: {secretName: host}}
`,
	}
}

// add has the component work on a Deployment in a kustomization like a user's.
func add(t *testing.T, host string) apps.Deployment {
	t.Helper()
	return addWith(t, host, "")
}

// addWith is add with more lines in the kustomization.
func addWith(t *testing.T, host, more string) apps.Deployment {
	t.Helper()
	dir := t.TempDir()
	component, err := filepath.Abs(kubernetes + "/components/sidecar")
	if err == nil {
		component, err = filepath.Rel(dir, component)
	}
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"host.yaml":          host,
		"kustomization.yaml": "resources: [host.yaml]\ncomponents: [" + component + "]\n" + more,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return build(t, dir).Deployment(t)
}

func TestSidecar_DoesNotChangeItsHost(t *testing.T) {
	for name, host := range hosts(t) {
		t.Run(name, func(t *testing.T) {
			var before apps.Deployment
			if err := yaml.UnmarshalStrict([]byte(host), &before); err != nil {
				t.Fatal(err)
			}
			after := add(t, host)
			manifests.Objects{Deployments: []apps.Deployment{after}}.Exporter(t) // it is there

			// Take away what may have come. The rest has to be what there was before.
			pod := &after.Spec.Template
			delete(pod.Labels, "realtimekit-exporter/metrics")
			pod.Spec.InitContainers = slices.DeleteFunc(pod.Spec.InitContainers, func(c core.Container) bool { return c.Name == "realtimekit-exporter" })
			pod.Spec.Volumes = slices.DeleteFunc(pod.Spec.Volumes, func(v core.Volume) bool { return strings.HasPrefix(v.Name, "realtimekit-exporter-") })
			if len(pod.Spec.InitContainers) == 0 {
				pod.Spec.InitContainers = nil
			}
			if len(pod.Spec.Volumes) == 0 {
				pod.Spec.Volumes = nil
			}
			if !reflect.DeepEqual(before, after) {
				a, _ := yaml.Marshal(before)
				b, _ := yaml.Marshal(after)
				t.Errorf("before:\n%s\nafter:\n%s", a, b)
			}
		})
	}
}

func TestSidecar_ImageOfAnotherRegistry(t *testing.T) {
	const other = "registry.example.com/exporter"
	for name, host := range hosts(t) {
		d := addWith(t, host, "images: [{name: "+image+", newName: "+other+", newTag: mine}]\n")
		if !slices.ContainsFunc(d.Spec.Template.Spec.InitContainers, func(c core.Container) bool { return c.Image == other+":mine" }) {
			t.Errorf("%s: its image is still that of the component", name)
		}
	}
}

func TestSidecar_OnlyWithTheLabel(t *testing.T) {
	for name, host := range hosts(t) {
		var before apps.Deployment
		host = strings.Replace(host, "realtimekit-exporter/sidecar", "another", 1)
		if err := yaml.UnmarshalStrict([]byte(host), &before); err != nil {
			t.Fatal(err)
		}
		if after := add(t, host); !reflect.DeepEqual(before, after) {
			t.Errorf("%s has changed", name)
		}
	}
}

func TestSidecar_SetsNoFieldOfItsHost(t *testing.T) {
	pod, c := build(t, sidecar).Exporter(t)
	if !slices.ContainsFunc(pod.InitContainers, func(i core.Container) bool { return i.Name == c.Name }) ||
		c.RestartPolicy == nil || *c.RestartPolicy != core.ContainerRestartPolicyAlways {
		t.Error("it is no native sidecar")
	}
	if c.ReadinessProbe != nil || c.StartupProbe != nil || c.Lifecycle != nil {
		t.Error("the host waits for it")
	}
	if c.LivenessProbe == nil {
		t.Error("nothing restarts it when it hangs")
	}
	if !slices.Contains(c.Args, "--config.auto-reload-interval=30s") {
		t.Errorf("a changed configuration needs a new Pod: %v", c.Args)
	}
	for _, v := range pod.Volumes {
		if v.Name == "realtimekit-exporter-token" && (v.Secret.Optional == nil || !*v.Secret.Optional) {
			t.Error("without a token the host does not start")
		}
	}
}
