package compose

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/types"
)

// onHost finds the file that a service sees under a path, by the folder or file
// that is mounted nearest to it.
func onHost(t *testing.T, s types.ServiceConfig, inside string) string {
	t.Helper()
	found, nearest := "", ""
	for _, v := range s.Volumes {
		rest, under := strings.CutPrefix(inside, v.Target)
		if v.Type == types.VolumeTypeBind && under && (rest == "" || rest[0] == '/') && len(v.Target) > len(nearest) {
			found, nearest = filepath.Join(v.Source, filepath.FromSlash(rest)), v.Target
		}
	}
	if found == "" {
		t.Fatalf("%s has nothing mounted at %s", s.Name, inside)
	}
	return found
}

func TestMounts_ExistAndAreReadOnly(t *testing.T) {
	each(t, func(t *testing.T, s types.ServiceConfig) {
		for _, v := range s.Volumes {
			if v.Type != types.VolumeTypeBind {
				continue
			}
			if _, err := os.Stat(v.Source); err != nil {
				t.Error(err)
			}
			if !v.ReadOnly {
				t.Errorf("it can write to %s", v.Source)
			}
		}
	})
}

func TestVolumes_PrometheusAndGrafana(t *testing.T) {
	for way, p := range ways(t) {
		for service, data := range map[string]string{
			"prometheus": flag(p.Services["prometheus"].Command, "--storage.tsdb.path"),
			"grafana":    "/var/lib/grafana", // GF_PATHS_DATA of the image
		} {
			kept := false
			for _, v := range p.Services[service].Volumes {
				kept = kept || v.Type == types.VolumeTypeVolume && v.Source == service && v.Target == data && !v.ReadOnly
			}
			if !kept {
				t.Errorf("%s: the data of %s, in %q, is not in a volume", way, service, data)
			}
			if _, ok := p.Volumes[service]; !ok {
				t.Errorf("%s: there is no volume %s", way, service)
			}
		}
	}
}

// Grafana's data source is a program of its own, and the two meet at a socket in /tmp.
func TestGrafana_HasTmp(t *testing.T) {
	for way, p := range ways(t) {
		if s := p.Services["grafana"]; s.ReadOnly && !slices.Contains(s.Tmpfs, "/tmp") {
			t.Errorf("%s: %v", way, s.Tmpfs)
		}
	}
}

func TestPrometheus_RetentionIsTwoYears(t *testing.T) {
	for way, p := range ways(t) {
		if kept := flag(p.Services["prometheus"].Command, "--storage.tsdb.retention.time"); kept != "2y" {
			t.Errorf("%s: days are kept for %q", way, kept)
		}
	}
}

func TestEnv_IsIgnoredByGit(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "git", "check-ignore", "-v", ".env").CombinedOutput()
	if err != nil {
		t.Errorf("git would add .env: %v %s", err, out)
	} else if !bytes.HasPrefix(out, []byte("deploy/compose/.gitignore")) && !bytes.HasPrefix(out, []byte(".gitignore")) {
		t.Errorf(".env is ignored by a file that is not part of this: %s", out)
	}
}

// flag finds the value of a flag in a command.
func flag(command []string, name string) string {
	for _, arg := range command {
		if v, is := strings.CutPrefix(arg, name+"="); is {
			return v
		}
	}
	return ""
}

func account(t *testing.T) *types.Project { t.Helper(); return ways(t)["the account"] }
