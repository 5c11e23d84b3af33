package helm

import (
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"

	core "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/realtimekit-exporter/realtimekit_exporter/deploy/test/internal/manifests"
	"github.com/realtimekit-exporter/realtimekit_exporter/deploy/test/internal/program"
)

func TestValues_InvalidValuesAreRefused(t *testing.T) {
	for set, want := range map[string]string{
		"--set=replicas=2":                          "additional properties 'replicas' not allowed",
		"--set=image.version=v1":                    "at '/image': additional properties 'version' not allowed",
		"--set=apiToken.name=a":                     "at '/apiToken': additional properties 'name' not allowed",
		"--set=podMonitor.enable=true":              "at '/podMonitor': additional properties 'enable' not allowed",
		"--set=prometheusRule.groups=a":             "at '/prometheusRule': additional properties 'groups' not allowed",
		"--set=dashboards.label=a":                  "at '/dashboards': additional properties 'label' not allowed",
		"--set=networkPolicy.egress=a":              "at '/networkPolicy': additional properties 'egress' not allowed",
		"--set=cache.directory=/tmp":                "at '/cache': additional properties 'directory' not allowed",
		"--set=service.ports=1":                     "at '/service': additional properties 'ports' not allowed",
		"--set=serviceAccount.automount=true":       "at '/serviceAccount': additional properties 'automount' not allowed",
		"--set=accountId=1234":                      "at '/accountId': got number, want string",
		"--set=service.port=http":                   "at '/service/port': got string, want integer",
		"--set-string=podMonitor.enabled=true":      "at '/podMonitor/enabled': got string, want boolean",
		"--set=podMonitor.interval=1 minute":        "at '/podMonitor/interval': '1 minute' does not match pattern",
		"--set=resources.limits.memory=128MB":       "at '/resources/limits/memory': '128MB' does not match pattern",
		"--set-json=extraEnv={\"A\": \"b\"}":        "at '/extraEnv': got object, want array",
		"--set=extraArgs={log.level=debug}":         "at '/extraArgs/0': 'log.level=debug' does not match pattern",
		"--set=image.digest=latest":                 "at '/image/digest': 'latest' does not match pattern",
		"--set=config.window_days=7":                "at '/config': missing property 'accounts'",
		"--set=config.accounts[0].account_id=12345": "at '/config/accounts/0/account_id': got number, want string",
		"--set-json=config={\"accounts\": [{\"account_id\": \"a\", \"discover\": {}}]}": "accountId and config are mutually exclusive",
		"--set=accountId=":               "no account: set accountId",
		"--set=apiToken.value=a":         "apiToken.existingSecret and apiToken.value are mutually exclusive",
		"--set=apiToken.existingSecret=": "no API token: set apiToken.existingSecret",
	} {
		if out, err := template(t, "--values="+account, set); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q\n%s", set, err, want, out)
		}
	}
}

// TestValues_EveryValueHasASchema compares the two files: a value that one of them lacks is
// refused or not documented.
func TestValues_EveryValueHasASchema(t *testing.T) {
	var values map[string]any
	if err := yaml.UnmarshalStrict([]byte(program.ReadFile(t, chart+"/values.yaml")), &values); err != nil {
		t.Fatal(err)
	}
	type schema struct {
		AdditionalProperties *bool
		Properties           map[string]json.RawMessage
	}
	var expect func(path string, text []byte, values map[string]any)
	expect = func(path string, text []byte, values map[string]any) {
		var s schema
		if json.Unmarshal(text, &s) != nil || s.AdditionalProperties == nil {
			return // an object of Kubernetes, or of the exporter
		}
		for name, value := range values {
			sub, ok := s.Properties[name]
			if !ok {
				t.Errorf("%s%s has no schema", path, name)
			} else if object, is := value.(map[string]any); is {
				expect(path+name+".", sub, object)
			}
		}
		for name := range s.Properties {
			if _, ok := values[name]; !ok && name != "global" && name != "enabled" {
				t.Errorf("%s%s is not in values.yaml", path, name)
			}
		}
	}
	expect("", []byte(program.ReadFile(t, chart+"/values.schema.json")), values)
}

func TestConfig_PassesTheExportersCheck(t *testing.T) {
	for file, key := range map[string]string{config: "cloudflare_api_token", everything: "token"} {
		all := render(t, "--values="+file)
		manifests.ExpectConfig(t, all, key, "other")
		other := render(t, "--values="+file, "--set=config.window_days=7")
		if a, b := checksum(t, all, "config"), checksum(t, other, "config"); a == "" || a == b {
			t.Errorf("a changed configuration does not replace the Pod: %q and %q", a, b)
		}
	}
}

// TestAccountID_StartsWithTwoVariables runs the exporter with the container's arguments and
// environment, in a folder without config.yml.
func TestAccountID_StartsWithTwoVariables(t *testing.T) {
	all := render(t, "--values="+account)
	pod, c := all.Exporter(t)
	env := manifests.Env(c)
	from := env["CLOUDFLARE_API_TOKEN"].ValueFrom
	if from == nil || from.SecretKeyRef.Name != "realtimekit-exporter" || from.SecretKeyRef.Key != "cloudflare_api_token" {
		t.Fatalf("the token is from %v", from)
	}
	if len(pod.Volumes) != 1 || env["REALTIMEKIT_CACHE_DIRECTORY"].Value != mounted(t, all).MountPath {
		t.Errorf("it mounts %v, with the environment %v", c.VolumeMounts, env)
	}
	cmd := exec.CommandContext(t.Context(), "realtimekit_exporter", append([]string{"--config.check"}, c.Args...)...)
	cmd.Dir = t.TempDir()
	cmd.Env = []string{"CLOUDFLARE_ACCOUNT_ID=" + env["CLOUDFLARE_ACCOUNT_ID"].Value, "CLOUDFLARE_API_TOKEN=a-token"}
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "1 account") {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestCache_IsInAVolume(t *testing.T) {
	all := render(t, "--values="+config, "--set=config.cache.ttl=30m")
	for _, want := range []string{"directory: " + mounted(t, all).MountPath, "ttl: 30m"} {
		if c, _ := all.ConfigMap("rtk-realtimekit-exporter"); !strings.Contains(c.Data["config.yml"], want) {
			t.Errorf("the configuration lacks %q:\n%s", want, c.Data["config.yml"])
		}
	}
	pod, _ := render(t, "--values="+account, "--set=cache.existingClaim=exporter").Exporter(t)
	if v := pod.Volumes[0]; v.PersistentVolumeClaim == nil || v.PersistentVolumeClaim.ClaimName != "exporter" || *pod.SecurityContext.FSGroup != 65532 {
		t.Errorf("the volume is %v, for the group of %v", v, pod.SecurityContext)
	}
	for _, file := range []string{account, config} {
		all := render(t, "--values="+file, "--set=cache.enabled=false")
		pod, c := all.Exporter(t)
		if _, set := manifests.Env(c)["REALTIMEKIT_CACHE_DIRECTORY"]; set || slices.ContainsFunc(pod.Volumes, func(v core.Volume) bool { return v.Name == "cache" }) {
			t.Errorf("%s: it mounts %v, with %v", file, pod.Volumes, c.Env)
		}
		if c, _ := all.ConfigMap("rtk-realtimekit-exporter"); strings.Contains(c.Data["config.yml"], "directory") {
			t.Errorf("the configuration is\n%s", c.Data["config.yml"])
		}
	}
}

// mounted is where the emptyDir is mounted.
func mounted(t *testing.T, all manifests.Objects) core.VolumeMount {
	t.Helper()
	pod, c := all.Exporter(t)
	for _, v := range pod.Volumes {
		for _, m := range c.VolumeMounts {
			if v.EmptyDir != nil && v.Name == m.Name {
				return m
			}
		}
	}
	t.Fatal("there is no emptyDir")
	return core.VolumeMount{}
}

func TestToken_ValueIsInASecret(t *testing.T) {
	all := render(t, "--values="+token)
	_, c := all.Exporter(t)
	from := manifests.Env(c)["CLOUDFLARE_API_TOKEN"].ValueFrom.SecretKeyRef
	if len(all.Secrets) != 1 || all.Secrets[0].Name != from.Name || string(all.Secrets[0].Data[from.Key]) != "a-token" {
		t.Errorf("%v of %v is not the token", from, all.Secrets)
	}
	other := render(t, "--values="+token, "--set=apiToken.value=another")
	if a, b := checksum(t, all, "token"), checksum(t, other, "token"); a == "" || a == b {
		t.Errorf("a new token does not replace the Pod: %q and %q", a, b)
	}
	if s := render(t, "--values="+account).Secrets; len(s) > 0 {
		t.Errorf("beside an existing Secret there is %v", s)
	}
	// As a file, it is read again: the Pod stays.
	if a := checksum(t, render(t, "--values="+everything), "token"); a != "" {
		t.Errorf("a new token in a file replaces the Pod: %q", a)
	}
}

func TestExtra_IsInThePod(t *testing.T) {
	all := render(t, "--values="+everything)
	pod, c := all.Exporter(t)
	if c.Image != "registry.example.com/mirror/realtimekit_exporter@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" {
		t.Errorf("the image is %s", c.Image)
	}
	if !slices.Contains(c.Args, "--log.format=json") || manifests.Env(c)["HTTPS_PROXY"].Value != "http://proxy.example.com:3128" {
		t.Errorf("it runs with %v and %v", c.Args, c.Env)
	}
	if !slices.ContainsFunc(c.VolumeMounts, func(m core.VolumeMount) bool { return m.MountPath == "/etc/realtimekit_exporter_web" }) {
		t.Errorf("it mounts %v", c.VolumeMounts)
	}
	for _, name := range []string{"livestreams-object", "livestreams-text"} {
		if _, ok := all.ConfigMap(name); !ok {
			t.Errorf("there is no %s", name)
		}
	}
	if got := all.Deployment(t).Spec.Template.Labels["team"]; got != "streaming-on-call" || pod.PriorityClassName != "system-cluster-critical" {
		t.Errorf("the Pod is of team %s, with the priority %s", got, pod.PriorityClassName)
	}
	if got := all.Services[0]; got.Labels["team"] != "streaming-network" || got.Spec.Ports[0].Port != 80 || got.Spec.Type != "NodePort" {
		t.Errorf("the Service is %v", got)
	}
}

func checksum(t *testing.T, all manifests.Objects, of string) string {
	t.Helper()
	return all.Deployment(t).Spec.Template.Annotations["checksum/"+of]
}
