package storage_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/realtimekit-exporter/realtimekit_exporter/collector/internal/storage"
)

type entry struct {
	Name  string `json:"name"`
	Value int    `json:"value"`
}

func someEntries() []entry { return []entry{{"a", 1}, {"b", 2}, {"ü\n", -3}} }

// written returns a directory with a file of entries, and the name of the file.
func written(t *testing.T, entries []entry) (dir, file string) {
	t.Helper()
	dir = t.TempDir()
	d := storage.New[entry](dir, 1)
	defer d.Close()
	if err := d.Write(slices.Values(entries)); err != nil {
		t.Fatal(err)
	}
	return dir, filepath.Join(dir, storage.FileName)
}

func read(dir string) ([]entry, error) { return storage.New[entry](dir, 1).Read() }

func TestWrite_CanBeRead(t *testing.T) {
	for _, entries := range [][]entry{nil, someEntries(), slices.Repeat(someEntries(), 10_000)} {
		dir, _ := written(t, entries)
		got, err := read(dir)
		if err != nil || !slices.Equal(got, entries) {
			t.Errorf("%d entries: got %d, %v", len(entries), len(got), err)
		}
	}
}

func TestWrite_ReplacesFileThatOnlyItsOwnerReads(t *testing.T) {
	dir := t.TempDir()
	target := filepath.Join(t.TempDir(), "target")
	if err := os.Symlink(target, filepath.Join(dir, storage.FileName+".tmp")); err != nil {
		t.Fatal(err)
	}
	d := storage.New[entry](dir, 1)
	defer d.Close()
	for _, entries := range [][]entry{someEntries(), {{"c", 4}}} {
		if err := d.Write(slices.Values(entries)); err != nil {
			t.Fatal(err)
		}
		if got, err := read(dir); err != nil || !slices.Equal(got, entries) {
			t.Errorf("got %v, %v", got, err)
		}
		info, err := os.Lstat(filepath.Join(dir, storage.FileName))
		if err != nil || info.Mode() != 0o600 {
			t.Errorf("mode %v, %v; want 0600", info.Mode(), err)
		}
	}
	if _, err := os.Stat(target); err == nil {
		t.Error("wrote to where a link under the temporary name points")
	}
	if names := fileNames(t, dir); names != "cache.jsonl.gz cache.lock" {
		t.Errorf("left %s", names)
	}
}

func fileNames(t *testing.T, dir string) string {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range files {
		names = append(names, f.Name())
	}
	return strings.Join(names, " ")
}

func TestRead_TruncatedOrEdited(t *testing.T) {
	dir, file := written(t, someEntries())
	valid, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	refuse := func(what string, content []byte) {
		t.Helper()
		if err := os.WriteFile(file, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := read(dir); !errors.Is(err, storage.ErrInvalid) || got != nil {
			t.Errorf("%s: got %v, %v", what, got, err)
		}
	}
	for n := range valid {
		refuse(fmt.Sprintf("the first %d bytes", n), valid[:n])
		if n >= 10 { // the header of gzip has no checksum and no relevant fields
			edited := slices.Clone(valid)
			edited[n] ^= 0x10
			refuse(fmt.Sprintf("byte %d edited", n), edited)
		}
	}
	refuse("more bytes", append(slices.Clone(valid), "more"...))
	refuse("text", []byte("a: b\n"))
	refuse("another format", compressed(t, `{"format":"other","version":1}`))
	refuse("no format", compressed(t, ""))
	refuse("a wrong type", compressed(t, `{"format":"realtimekit_exporter cache","version":1}`+"\n"+`{"value":"x"}`))
	refuse("half an entry", compressed(t, `{"format":"realtimekit_exporter cache","version":1}`+"\n"+`{"name":`))
	refuse("a larger file", compressed(t, `{"format":"realtimekit_exporter cache","version":1}`+"\n"+`{"name":"`+strings.Repeat("0", storage.MaxSize)+`"}`))
}

func compressed(t testing.TB, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write([]byte(text))
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestRead_OtherVersion(t *testing.T) {
	dir, _ := written(t, someEntries())
	_, err := storage.New[entry](dir, 2).Read()
	if !errors.Is(err, storage.ErrInvalid) || !strings.Contains(err.Error(), "found version 1, expected 2") {
		t.Errorf("got %v", err)
	}
}

func TestRead_NoFile(t *testing.T) {
	dir := t.TempDir()
	if _, err := read(dir); !errors.Is(err, storage.ErrNone) {
		t.Errorf("an empty directory: %v", err)
	}
	missing := filepath.Join(dir, "missing")
	if _, err := read(missing); err == nil || errors.Is(err, storage.ErrNone) || err.Error() != missing+": no such file or directory" {
		t.Errorf("no directory: %v", err)
	}
}

func TestWrite_FailureKeepsTheFile(t *testing.T) {
	dir, _ := written(t, someEntries())
	d := storage.New[entry](dir, 1)
	defer d.Close()
	if err := d.Write(slices.Values([]entry{{Name: strings.Repeat("0", storage.MaxSize)}})); err == nil || !strings.Contains(err.Error(), "larger than 64 MiB") {
		t.Errorf("too large: %v", err)
	}
	if got, err := read(dir); err != nil || !slices.Equal(got, someEntries()) {
		t.Errorf("got %v, %v", got, err)
	}
	if names := fileNames(t, dir); names != "cache.jsonl.gz cache.lock" {
		t.Errorf("left %s", names)
	}
}

func TestWrite_FailuresAndRecovery(t *testing.T) {
	parent := t.TempDir()
	dir := filepath.Join(parent, "dir")
	d := storage.New[entry](dir, 1)
	defer d.Close()
	if err := d.Write(slices.Values(someEntries())); err == nil || err.Error() != dir+": no such file or directory" {
		t.Errorf("no directory: %v", err)
	}
	if err := os.WriteFile(dir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := d.Write(slices.Values(someEntries())); err == nil || err.Error() != dir+": not a directory" {
		t.Errorf("a file: %v", err)
	}
	for range 2 { // the second time, the directory is replaced while it is in use
		if err := errors.Join(os.RemoveAll(dir), os.Mkdir(dir, 0o700)); err != nil {
			t.Fatal(err)
		}
		if err := d.Write(slices.Values(someEntries())); err != nil {
			t.Error(err)
		}
		other := storage.New[entry](dir, 1)
		if err := other.Write(slices.Values([]entry{})); !errors.Is(err, storage.ErrInUse) {
			t.Errorf("another writer: %v", err)
		}
	}
}

func TestWrite_OneExporterAtATime(t *testing.T) {
	dir, _ := written(t, nil)
	first, second := storage.New[entry](dir, 1), storage.New[entry](dir, 1)
	defer second.Close()
	if err := first.Write(slices.Values(someEntries())); err != nil {
		t.Fatal(err)
	}
	if err := second.Write(slices.Values([]entry{})); !errors.Is(err, storage.ErrInUse) {
		t.Errorf("got %v while the first one has the lock", err)
	}
	if got, err := second.Read(); err != nil || len(got) != 3 {
		t.Errorf("the second one reads %v, %v", got, err)
	}
	first.Close()
	if err := second.Write(slices.Values([]entry{})); err != nil {
		t.Errorf("after the first one has ended: %v", err)
	}
}

// Random bytes are never a valid file, so the fuzzer also changes the compressed text.
func FuzzRead(f *testing.F) {
	lines := `{"format":"realtimekit_exporter cache","version":1}` + "\n" + `{"name":"a","value":1}`
	f.Add([]byte(lines), true)
	f.Add(compressed(f, lines), false)
	f.Fuzz(func(t *testing.T, content []byte, compress bool) {
		if compress {
			content = compressed(t, string(content))
		}
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, storage.FileName), content, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := read(dir)
		if err != nil && (!errors.Is(err, storage.ErrInvalid) || len(err.Error()) > 200) {
			t.Errorf("got %v", err)
		}
	})
}
