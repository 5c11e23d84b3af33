package image

import (
	"debug/elf"
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/deploy/test/internal/program"
)

// TestImage builds it once, and has all that is promised of it looked at.
func TestImage(t *testing.T) {
	trusted := newAuthority(t, "an issuer in the image's store")
	s := newStore(t, trusted.pem)
	version := strings.TrimSpace(program.ReadFile(t, repository+"/VERSION"))
	built := s.dockerfile(t, runtime.GOARCH)

	t.Run("is built from what the program needs and no more", func(t *testing.T) { hasSmallContext(t, s) })
	t.Run("is not built with another version than the file's", func(t *testing.T) { refusesAnotherVersion(t, s, version) })
	t.Run("has its labels", func(t *testing.T) { expectLabels(t, built, version) })
	t.Run("has a run configuration", func(t *testing.T) { expectRunConfig(t, built) })
	t.Run("adds the program and the licence to its base", func(t *testing.T) { addsOnlyTheProgram(t, built) })
	t.Run("has the same version everywhere", func(t *testing.T) { expectVersion(t, built, version) })
	t.Run("runs without rights as PID 1", func(t *testing.T) { runsWithoutRights(t, built) })
	t.Run("has a health check that notices", func(t *testing.T) { reportsUnhealthy(t, built) })
	t.Run("verifies an account", func(t *testing.T) { verifies(t, built, trusted) })
	t.Run("reloads on SIGHUP", func(t *testing.T) { reloads(t, built, trusted) })
	t.Run("trusts the configured authorities", func(t *testing.T) { expectTrust(t, built, trusted) })
	for arch, machine := range map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64} {
		t.Run("is built for "+arch, func(t *testing.T) {
			if arch == runtime.GOARCH {
				isFor(t, built, arch, machine)
				return
			}
			isFor(t, s.dockerfile(t, arch), arch, machine)
		})
	}
}

func hasSmallContext(t *testing.T, s *store) {
	stage := s.dockerfile(t, runtime.GOARCH, "--target=build")
	var files []string
	err := filepath.WalkDir(stage.root+"/src", func(path string, d fs.DirEntry, err error) error {
		if strings.HasSuffix(path, "_test.go") || strings.Contains(path, "/testdata") || strings.Contains(path, ".git") {
			t.Errorf("it has %s", path)
		}
		if filepath.Dir(path) == stage.root+"/src" {
			files = append(files, d.Name())
		}
		return err
	})
	if want := []string{"LICENSE", "VERSION", "api", "cmd", "collector", "go.mod", "go.sum"}; err != nil || !slices.Equal(files, want) {
		t.Errorf("the context holds %v, want %v (%v)", files, want, err)
	}
}

func refusesAnotherVersion(t *testing.T, s *store, version string) {
	printed, err := s.build(t, "--build-arg=VERSION="+version+"-mine", ".").CombinedOutput()
	if err == nil || !strings.Contains(string(printed), "VERSION is "+version+" in the file and "+version+"-mine in") {
		t.Errorf("got %v:\n%s", err, printed)
	}
}

func expectLabels(t *testing.T, i image, version string) {
	want := map[string]string{
		"title":       "realtimekit_exporter",
		"description": "Prometheus exporter for the analytics of Cloudflare RealtimeKit apps",
		"source":      "https://github.com/realtimekit-exporter/realtimekit_exporter",
		"licenses":    "Apache-2.0",
		"version":     version,
		"revision":    revision,
	}
	got := map[string]string{}
	for label, value := range i.config.Labels {
		if name, ok := strings.CutPrefix(label, "org.opencontainers.image."); ok {
			got[name] = value
		}
	}
	if !maps.Equal(got, want) {
		t.Errorf("its labels are %v, want %v", got, want)
	}
}

func expectRunConfig(t *testing.T, i image) {
	want := i.config
	want.User = "65532:65532" // a number, or Kubernetes does not know that it isn't root
	want.Entrypoint = []string{"/usr/bin/realtimekit_exporter"}
	want.Cmd = []string{}
	want.WorkingDir = "/etc/realtimekit_exporter"
	want.ExposedPorts = map[string]any{"11780/tcp": map[string]any{}}
	want.Volumes = map[string]any{}
	want.Env = []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt"} // the base image's
	want.Healthcheck.Test = []string{"CMD", "/usr/bin/realtimekit_exporter", "healthcheck"}
	want.Healthcheck.Interval = int64(30 * time.Second)
	want.Healthcheck.Timeout = int64(5 * time.Second) // longer than the command's own
	want.Healthcheck.StartPeriod = int64(10 * time.Second)
	want.Healthcheck.Retries = 3
	g, _ := json.Marshal(i.config)
	w, _ := json.Marshal(want)
	if string(g) != string(w) {
		t.Errorf("got\n%s\nwant\n%s", g, w)
	}
}

func addsOnlyTheProgram(t *testing.T, i image) {
	base := []string{
		"/etc/group", "/etc/passwd", "/etc/ssl/certs/ca-certificates.crt",
	}
	const mine, program = "/LICENSE", "/usr/bin/realtimekit_exporter"
	var files []string
	size := int64(0)
	err := filepath.WalkDir(i.root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		name := strings.TrimPrefix(path, i.root)
		files = append(files, name)
		if want := map[string]os.FileMode{program: 0o755}[name] | 0o644; info.Mode() != want {
			t.Errorf("%s has the mode %s, want %s", name, info.Mode(), want)
		}
		if name == mine || name == program {
			size += info.Size()
		}
		return nil
	})
	want := slices.Sorted(slices.Values(append(base, mine, program)))
	if slices.Sort(files); err != nil || !slices.Equal(files, want) {
		t.Errorf("it holds %v, want %v (%v)", files, want, err)
	}
	// Of the 20 MB that the image may have, distroless's static image takes 2.
	t.Logf("%.1f MB on top of the base image", float64(size)/1e6)
	if size > 18e6 {
		t.Errorf("it adds %d bytes to its base, want at most 18 MB", size)
	}
}

func isFor(t *testing.T, i image, arch string, want elf.Machine) {
	if i.arch != arch {
		t.Errorf("the image is for %s", i.arch)
	}
	program, err := elf.Open(i.root + "/usr/bin/realtimekit_exporter")
	if err != nil {
		t.Fatal(err)
	}
	defer program.Close()
	if program.Machine != want || program.Class != elf.ELFCLASS64 {
		t.Errorf("the program is for %s, want %s", program.Machine, want)
	}
	if libraries, err := program.ImportedLibraries(); err != nil || len(libraries) > 0 {
		t.Errorf("it is linked with %v (%v)", libraries, err)
	}
}
