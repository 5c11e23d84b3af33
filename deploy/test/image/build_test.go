package image

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"testing"

	"github.com/realtimekit-exporter/realtimekit_exporter/deploy/test/internal/program"
)

const revision = "5f0a7c1e3b544d3e9d3f2a1b6c7d8e9f01234567"

// A store holds images, for as long as the test takes.
type store struct {
	dir     string
	volumes []string // what the builder's image lacks
}

// An image is what the Dockerfile made, laid out below root.
type image struct {
	root   string
	arch   string
	config config
}

// A config is the run configuration in an image.
type config struct {
	User         string
	Env          []string
	Entrypoint   []string
	Cmd          []string
	WorkingDir   string
	Labels       map[string]string
	ExposedPorts map[string]any
	Volumes      map[string]any
	Healthcheck  struct {
		Test                           []string
		Interval, Timeout, StartPeriod int64
		Retries                        int
	}
}

// buildah gets the location of the store.
func (s *store) buildah(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	stored := []string{"--storage-driver=vfs", "--root=" + s.dir + "/images", "--runroot=" + s.dir + "/run"}
	cmd := command(t.Context(), repository, "buildah", append(stored, args...)...)
	// The Dockerfile's cache mounts are kept here, from one run to the next.
	caches, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	mkdir(t, caches+"/realtimekit_exporter-image", 0o700)
	cmd.Env = append(os.Environ(), "TMPDIR="+caches+"/realtimekit_exporter-image")
	return cmd
}

// build takes no image from anywhere but the store.
func (s *store) build(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	options := []string{"build", "--quiet", "--format=docker", "--isolation=chroot", "--pull=never", "--layers"}
	return s.buildah(t, slices.Concat(options, s.volumes, args)...)
}

// dockerfile builds the project's for an architecture.
func (s *store) dockerfile(t *testing.T, arch string, args ...string) image {
	t.Helper()
	id := output(t, s.build(t, append(args, "--platform=linux/"+arch, "--build-arg=BUILDPLATFORM=linux/"+runtime.GOARCH,
		"--build-arg=TARGETOS=linux", "--build-arg=TARGETARCH="+arch, "--build-arg=REVISION="+revision, ".")...))
	var inspected struct {
		Docker struct {
			Architecture string
			Config       config
		}
	}
	if err := json.Unmarshal([]byte(output(t, s.buildah(t, "inspect", "--type=image", id))), &inspected); err != nil {
		t.Fatal(err)
	}
	container := output(t, s.buildah(t, "from", "--pull=never", id))
	root := output(t, s.buildah(t, "mount", container))
	return image{root: root, arch: inspected.Docker.Architecture, config: inspected.Docker.Config}
}

// bases are the names of the images that the Dockerfile begins with.
func bases(t *testing.T) (builder, final string) {
	t.Helper()
	text := program.ReadFile(t, repository+"/Dockerfile")
	from := regexp.MustCompile(`(?m)^FROM (?:--platform=\$BUILDPLATFORM )?(\S+)`).FindAllStringSubmatch(text, -1)
	if len(from) != 2 {
		t.Fatalf("the Dockerfile has %d stages, want a builder and the final one", len(from))
	}
	return from[0][1], from[1][1]
}

func write(t *testing.T, file, text string, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(file, mode); err != nil { // regardless of the umask
		t.Fatal(err)
	}
}

func mkdir(t *testing.T, dir string, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, mode); err != nil { // regardless of the umask
		t.Fatal(err)
	}
}
