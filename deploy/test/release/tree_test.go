package release

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// copyTree copies the repository without what git ignores, and without git.
func copyTree(t *testing.T) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	to := t.TempDir()
	for name := range strings.SplitSeq(strings.TrimSuffix(string(out), "\x00"), "\x00") {
		info, err := os.Stat(filepath.Join(root, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue // deleted, and not yet committed
		}
		if err != nil {
			t.Fatal(err)
		}
		target := filepath.Join(to, name)
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(target, read(t, filepath.Join(root, name)), info.Mode()); err != nil {
			t.Fatal(err)
		}
	}
	return to
}

// dist runs make dist for this machine's platform, after some shell.
func dist(t *testing.T, tree, before string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "sh", "-ec", before+`; make dist "$@"`, "sh",
		"PLATFORMS=linux/"+runtime.GOARCH, "REVISION="+revision, fmt.Sprintf("SOURCE_DATE_EPOCH=%d", epoch))
	cmd.Dir = tree
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("make dist: %v\n%s", err, out)
	}
}

// unpack unpacks an archive and checks the headers of its files. It returns the
// folder that they are in.
func unpack(t *testing.T, archive, folder string) string {
	t.Helper()
	zr, err := gzip.NewReader(bytes.NewReader(read(t, archive)))
	if err != nil {
		t.Fatal(err)
	}
	if !zr.ModTime.IsZero() || zr.Name != "" {
		t.Errorf("the gzip header has %q of %v", zr.Name, zr.ModTime)
	}
	to := t.TempDir()
	for tr := tar.NewReader(zr); ; {
		h, err := tr.Next()
		if errors.Is(err, io.EOF) {
			return filepath.Join(to, folder)
		}
		if err != nil {
			t.Fatal(err)
		}
		mode := int64(0o644)
		if h.Name == folder+"/realtimekit_exporter" {
			mode = 0o755
		}
		if !strings.HasPrefix(h.Name, folder+"/") || h.Typeflag != tar.TypeReg || h.Mode != mode ||
			h.ModTime.Unix() != epoch || h.Uid != 0 || h.Gid != 0 {
			t.Errorf("it has %+v", h)
		}
		content, err := io.ReadAll(tr)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(to, filepath.FromSlash(h.Name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, content, fs.FileMode(h.Mode))); err != nil {
			t.Fatal(err)
		}
	}
}

// list returns the files below a folder, in order.
func list(t *testing.T, folder string) (names []string) {
	t.Helper()
	err := fs.WalkDir(os.DirFS(folder), ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}
