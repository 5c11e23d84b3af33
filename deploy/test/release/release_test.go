package release

import (
	"bytes"
	"crypto/sha256"
	"debug/buildinfo"
	"debug/elf"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/realtimekit-exporter/realtimekit_exporter/deploy/test/docs"
	"github.com/realtimekit-exporter/realtimekit_exporter/deploy/test/internal/program"
)

const (
	root     = program.Root
	revision = "0123456789abcdef0123456789abcdef01234567"
	epoch    = 1_700_000_000
)

func TestRelease_IsReproducible(t *testing.T) {
	platform := "linux-" + runtime.GOARCH
	version := strings.TrimSpace(string(read(t, filepath.Join(root, "VERSION"))))
	name := "realtimekit_exporter-" + version + "." + platform

	// Two copies in different folders, with different umasks and environments. The program
	// of the second one is built from nothing.
	one, other := copyTree(t), copyTree(t)
	dist(t, one, "umask 022")
	dist(t, other, "umask 077; export TZ=Asia/Tokyo LC_ALL=C.UTF-8 DISTCACHE="+t.TempDir())
	made := list(t, filepath.Join(one, "dist"))
	if again := list(t, filepath.Join(other, "dist")); !slices.Equal(made, again) {
		t.Fatalf("made %q, and then %q", made, again)
	}
	chart := "realtimekit-exporter-" + version + ".tgz"
	want := []string{
		fmt.Sprintf("realtimekit-exporter-%s-1.%s.rpm", version, map[string]string{"amd64": "x86_64", "arm64": "aarch64"}[runtime.GOARCH]),
		chart,
		fmt.Sprintf("realtimekit-exporter_%s_%s.deb", version, runtime.GOARCH),
		name + ".cdx.json", name + ".tar.gz", "sha256sums.txt",
	}
	if !slices.Equal(made, want) {
		t.Fatalf("made %q, want %q", made, want)
	}
	for _, file := range made {
		if !bytes.Equal(read(t, filepath.Join(one, "dist", file)), read(t, filepath.Join(other, "dist", file))) {
			t.Errorf("%s is not the same", file)
		}
	}

	t.Run("the sums are those of the files", func(t *testing.T) {
		var sums strings.Builder
		for _, file := range want[:5] {
			fmt.Fprintf(&sums, "%x  %s\n", sha256.Sum256(read(t, filepath.Join(one, "dist", file))), file)
		}
		if got := string(read(t, filepath.Join(one, "dist", "sha256sums.txt"))); got != sums.String() {
			t.Errorf("sha256sums.txt is\n%s\nwant\n%s", got, &sums)
		}
	})

	t.Run("the commands of docs/deploy.md unpack it", func(t *testing.T) { follow(t, filepath.Join(one, "dist")) })
	unpacked := unpack(t, filepath.Join(one, "dist", name+".tar.gz"), name)
	t.Run("the chart is that of helm package", func(t *testing.T) { expectChart(t, filepath.Join(one, "dist", chart)) })
	binary := filepath.Join(unpacked, "realtimekit_exporter")
	t.Run("the archive has all that belongs to it", func(t *testing.T) { expectContents(t, one, unpacked) })
	t.Run("the archive has a license of each module of the binary", func(t *testing.T) { expectLicenses(t, binary, unpacked) })
	t.Run("each relative link in the archive leads to a file of it", func(t *testing.T) { expectLinks(t, unpacked, version) })
	t.Run("the binary is static, and names no folder of the machine", func(t *testing.T) {
		program, err := elf.Open(binary)
		if err != nil {
			t.Fatal(err)
		}
		defer program.Close()
		for _, p := range program.Progs {
			if p.Type == elf.PT_INTERP || p.Type == elf.PT_DYNAMIC {
				t.Errorf("it has a %v", p.Type)
			}
		}
		if bytes.Contains(read(t, binary), []byte(one)) {
			t.Errorf("it holds the name of %s", one)
		}
	})
	t.Run("the binary knows its version and revision", func(t *testing.T) {
		out, err := exec.CommandContext(t.Context(), binary, "--version").CombinedOutput()
		if want := fmt.Sprintf("version %s (branch: , revision: %s)", version, revision); err != nil || !strings.Contains(string(out), want) {
			t.Errorf("--version prints %q (%v), want %q", out, err, want)
		}
	})
	t.Run("the SBOM lists every module of the binary", func(t *testing.T) {
		expectSBOM(t, read(t, filepath.Join(one, "dist", name+".cdx.json")), binary, "v"+version, one)
	})
}

// follow runs the commands of a page in the folder of the downloaded files.
func follow(t *testing.T, downloads string) {
	t.Helper()
	blocks, err := docs.Read(filepath.Join(root, "docs/deploy.md"))
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(blocks, func(b docs.Block) bool { return b.Run == "release-unpack" })
	if i < 0 {
		t.Fatal("docs/deploy.md has no block release-unpack")
	}
	script, err := blocks[i].Commands()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "sh", "-ec", script+"./realtimekit_exporter --version")
	cmd.Dir = downloads
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%s: %v\n%s", blocks[i].At, err, out)
	}
}

// expectContents compares what was unpacked with the tree it was made of.
func expectContents(t *testing.T, tree, unpacked string) {
	t.Helper()
	want := []string{"CHANGELOG.md", "LICENSE", "README.md", "SECURITY.md", "config.example.yml"}
	for _, pattern := range []string{"docs/*.md", "dashboards/*.json", "dashboards/rules/*.yml", "deploy/systemd/*"} {
		paths, err := fs.Glob(os.DirFS(tree), pattern)
		if err != nil || len(paths) == 0 {
			t.Fatalf("%s: found %d files, %v", pattern, len(paths), err)
		}
		want = append(want, paths...)
	}
	for _, file := range want {
		got, original := read(t, filepath.Join(unpacked, file)), read(t, filepath.Join(tree, file))
		if filepath.Ext(file) == ".md" { // with other links
			got, original = linkTarget.ReplaceAll(got, nil), linkTarget.ReplaceAll(original, nil)
		}
		if !bytes.Equal(got, original) {
			t.Errorf("%s is not that of the tree", file)
		}
	}
	want = append(want, "realtimekit_exporter")
	slices.Sort(want)
	got := slices.DeleteFunc(list(t, unpacked), func(name string) bool { return strings.HasPrefix(name, "licenses/") })
	if !slices.Equal(got, want) {
		t.Errorf("it has %q, want %q", got, want)
	}
}

func expectSBOM(t *testing.T, document []byte, binary, version, tree string) {
	t.Helper()
	type component struct{ Name, Version string }
	var sbom struct {
		BOMFormat, SerialNumber string
		Metadata                struct {
			Timestamp string
			Component component
		}
		Components []component
	}
	if err := json.Unmarshal(document, &sbom); err != nil {
		t.Fatal(err)
	}
	info, err := buildinfo.ReadFile(binary)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := sbom.Metadata.Component, (component{info.Main.Path, version}); sbom.BOMFormat != "CycloneDX" || got != want {
		t.Errorf("it is %s of %v, want CycloneDX of %v", sbom.BOMFormat, got, want)
	}
	modules := []component{{"std", info.GoVersion}}
	for _, m := range info.Deps {
		modules = append(modules, component{m.Path, m.Version})
	}
	for _, m := range modules {
		if !slices.Contains(sbom.Components, m) {
			t.Errorf("it lacks %v", m)
		}
	}
	if len(sbom.Components) != len(modules) {
		t.Errorf("it has %d components, want %d", len(sbom.Components), len(modules))
	}
	if sbom.SerialNumber != "" || sbom.Metadata.Timestamp != "" || bytes.Contains(document, []byte(tree)) {
		t.Error("it holds a serial number, a time or a folder of the machine")
	}
}
