package kubernetes

import (
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"testing"

	core "k8s.io/api/core/v1"
)

// TestConfig_IsValidWithAToken runs the exporter with
// the arguments of the container, on a root of its own that has what the Pod mounts.
func TestConfig_IsValidWithAToken(t *testing.T) {
	for way, all := range ways(t) {
		t.Run(way, func(t *testing.T) {
			pod := all.deployment(t).Spec.Template.Spec
			c := exporter(t, pod)
			root, tokenFile := mount(t, all, pod, c)

			out, err := check(t, c, root)
			if err == nil || !strings.Contains(out, tokenFile) {
				t.Errorf("without a token: %v, and not that %s is missing:\n%s", err, tokenFile, out)
			}
			if err := os.WriteFile(tokenFile, []byte("a-token\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			if out, err = check(t, c, root); err != nil || !strings.Contains(out, "is valid: 1 account") {
				t.Errorf("with a token: %v\n%s", err, out)
			}
		})
	}
}

// mount makes a folder with the Pod's ConfigMap in its place, and an empty one where
// the Secret would be. Paths of the Pod in it become paths in the folder.
func mount(t *testing.T, all objects, pod core.PodSpec, c core.Container) (root, tokenFile string) {
	t.Helper()
	root = t.TempDir()
	var configs core.ConfigMap
	places := map[string]string{}
	for _, m := range c.VolumeMounts {
		if err := os.MkdirAll(filepath.Join(root, m.MountPath), 0o700); err != nil {
			t.Fatal(err)
		}
		for _, v := range pod.Volumes {
			switch {
			case v.Name != m.Name:
			case v.ConfigMap != nil:
				configs, _ = configMap(all, v.ConfigMap.Name)
				places["config"] = m.MountPath
			case v.Secret != nil:
				places["secret"] = m.MountPath
			}
		}
	}
	token := path.Join(places["secret"], secretKey(t))
	for name, text := range configs.Data {
		if strings.Count(text, "api_token_file: "+token+"\n") != 1 {
			t.Fatalf("the token is at %s, which the configuration does not say:\n%s", token, text)
		}
		text = strings.ReplaceAll(text, token, filepath.Join(root, token))
		if err := os.WriteFile(filepath.Join(root, places["config"], name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root, filepath.Join(root, token)
}

// secretKey is the name of the file from which the examples create the
// Secret.
func secretKey(t *testing.T) string {
	t.Helper()
	keys := map[string]bool{}
	for _, example := range []string{standalone, sidecar} {
		text, err := os.ReadFile(example + "/kustomization.yaml")
		if err != nil {
			t.Fatal(err)
		}
		_, command, ok := strings.Cut(string(text), "kubectl -n streaming create secret generic realtimekit-exporter --from-file=")
		if !ok {
			t.Fatalf("%s does not say how the Secret is made", example)
		}
		keys[strings.Fields(command)[0]] = true
	}
	if len(keys) != 1 {
		t.Fatalf("the examples name the Secret's key %v", keys)
	}
	for key := range keys {
		return key
	}
	return ""
}

func check(t *testing.T, c core.Container, root string) (string, error) {
	t.Helper()
	args := []string{"--config.check"}
	for _, arg := range c.Args {
		if file, is := strings.CutPrefix(arg, "--config.file="); is {
			arg = "--config.file=" + filepath.Join(root, file)
		}
		args = append(args, arg)
	}
	out, err := exec.CommandContext(t.Context(), "realtimekit_exporter", args...).CombinedOutput()
	return string(out), err
}
