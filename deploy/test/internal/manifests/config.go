package manifests

import (
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"testing"

	core "k8s.io/api/core/v1"
)

// ExpectConfig runs the exporter with the arguments of its container, on a root of its own
// that has what the Pod mounts, and tokens in these keys of the Secret: once without the
// first one and once with it.
func ExpectConfig(t *testing.T, all Objects, key string, others ...string) {
	t.Helper()
	pod, c := all.Exporter(t)
	root, tokenFile := mount(t, all, pod, c, key)
	for _, other := range others {
		if err := os.WriteFile(filepath.Join(filepath.Dir(tokenFile), other), []byte("another"), 0o600); err != nil {
			t.Fatal(err)
		}
	}

	out, err := check(t, c, root)
	if err == nil || !strings.Contains(out, tokenFile) {
		t.Errorf("without a token: %v, and not that %s is missing:\n%s", err, tokenFile, out)
	}
	if err := os.WriteFile(tokenFile, []byte("a-token\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err = check(t, c, root); err != nil || !strings.Contains(out, "is valid: ") {
		t.Errorf("with a token: %v\n%s", err, out)
	}
}

// mount makes a folder with the Pod's ConfigMap in its place, and an empty one where
// the Secret would be. Paths of the Secret in the configuration become paths in the folder.
func mount(t *testing.T, all Objects, pod core.PodSpec, c core.Container, key string) (root, tokenFile string) {
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
				configs, _ = all.ConfigMap(v.ConfigMap.Name)
				places["config"] = m.MountPath
			case v.Secret != nil && strings.HasSuffix(v.Name, "token"):
				places["secret"] = m.MountPath
			}
		}
	}
	token := path.Join(places["secret"], key)
	for name, text := range configs.Data {
		if strings.Count(text, "api_token_file: "+token+"\n") != 1 {
			t.Fatalf("the token is at %s, which the configuration does not say:\n%s", token, text)
		}
		text = strings.ReplaceAll(text, places["secret"], filepath.Join(root, places["secret"]))
		if err := os.WriteFile(filepath.Join(root, places["config"], name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root, filepath.Join(root, token)
}

// check runs --config.check. Of the container's arguments it leaves out the web
// configuration, which is in a Secret of the user.
func check(t *testing.T, c core.Container, root string) (string, error) {
	t.Helper()
	args := []string{"--config.check"}
	for _, arg := range c.Args {
		if file, is := strings.CutPrefix(arg, "--config.file="); is {
			arg = "--config.file=" + filepath.Join(root, file)
		}
		if !strings.HasPrefix(arg, "--web.config.file=") {
			args = append(args, arg)
		}
	}
	out, err := exec.CommandContext(t.Context(), "realtimekit_exporter", args...).CombinedOutput()
	return string(out), err
}
