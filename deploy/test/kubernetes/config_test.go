package kubernetes

import (
	"strings"
	"testing"

	"github.com/realtimekit-exporter/realtimekit_exporter/deploy/test/internal/manifests"
	"github.com/realtimekit-exporter/realtimekit_exporter/deploy/test/internal/program"
)

func TestConfig_IsValidWithAToken(t *testing.T) {
	eachLayout(t, func(t *testing.T, all manifests.Objects, _ bool) { manifests.ExpectConfig(t, all, secretKey(t)) })
}

// TestConfig_CacheIsInAVolume checks that cache.directory is where the emptyDir is mounted.
func TestConfig_CacheIsInAVolume(t *testing.T) {
	eachLayout(t, func(t *testing.T, all manifests.Objects, _ bool) {
		pod, c := all.Exporter(t)
		for _, v := range pod.Volumes {
			if v.EmptyDir == nil {
				continue
			}
			for _, m := range c.VolumeMounts {
				if m.Name != v.Name {
					continue
				}
				for _, config := range all.ConfigMaps {
					if text, ok := config.Data["config.yml"]; ok && strings.Contains(text, "\n  directory: "+m.MountPath+" ") {
						return
					}
				}
			}
		}
		t.Error("no emptyDir is mounted at cache.directory")
	})
}

// secretKey is the name of the file from which the examples create the
// Secret.
func secretKey(t *testing.T) string {
	t.Helper()
	keys := map[string]bool{}
	for _, example := range []string{standalone, sidecar} {
		_, command, ok := strings.Cut(program.ReadFile(t, example+"/kustomization.yaml"), "kubectl -n streaming create secret generic realtimekit-exporter --from-file=")
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
