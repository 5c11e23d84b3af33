package main

import (
	"archive/zip"
	"bytes"
	"io"
	"slices"
	"testing"
	"time"
)

func TestArchive_OrderOfFilesDoesNotMatter(t *testing.T) {
	at := time.Unix(1_700_000_000, 0).UTC()
	files := []file{{"b", 0o755, []byte("bb")}, {"a/c", 0o644, []byte("c")}, {"a", 0o644, nil}}
	for name, pack := range map[string]func(string, time.Time, []file) ([]byte, error){"tar.gz": tarGzip, "zip": zipped} {
		one, err := pack("folder", at, files)
		if err != nil {
			t.Fatal(err)
		}
		reversed := slices.Clone(files)
		slices.Reverse(reversed)
		if other, err := pack("folder", at, reversed); err != nil || !bytes.Equal(one, other) {
			t.Errorf("%s: another order makes another archive (%v)", name, err)
		}
		if other, err := pack("folder", at.Add(time.Hour), files); err != nil || bytes.Equal(one, other) {
			t.Errorf("%s: the time is not in it (%v)", name, err)
		}
	}
}

func TestArchive_Zip(t *testing.T) {
	at := time.Unix(1_700_000_000, 0).UTC()
	archive, err := zipped("folder", at, []file{{"program.exe", 0o755, []byte("MZ")}, {"docs/a.md", 0o644, []byte("# a")}})
	if err != nil {
		t.Fatal(err)
	}
	r, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, f := range r.File {
		content, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(content)
		if err != nil {
			t.Fatal(err)
		}
		got[f.Name] = f.Mode().String() + " " + string(text)
		if !f.Modified.Equal(at) {
			t.Errorf("%s is of %v, want %v", f.Name, f.Modified, at)
		}
	}
	want := map[string]string{"folder/program.exe": "-rwxr-xr-x MZ", "folder/docs/a.md": "-rw-r--r-- # a"}
	if len(got) != len(want) || got["folder/program.exe"] != want["folder/program.exe"] || got["folder/docs/a.md"] != want["folder/docs/a.md"] {
		t.Errorf("it has %q, want %q", got, want)
	}
}

func TestPlatform_GoNames(t *testing.T) {
	for name, want := range map[string][]string{
		"linux/amd64":   {"CGO_ENABLED=0", "GOOS=linux", "GOARCH=amd64"},
		"linux/arm64":   {"CGO_ENABLED=0", "GOOS=linux", "GOARCH=arm64"},
		"linux/armv7":   {"CGO_ENABLED=0", "GOOS=linux", "GOARCH=arm", "GOARM=7"},
		"windows/amd64": {"CGO_ENABLED=0", "GOOS=windows", "GOARCH=amd64"},
	} {
		p, err := parsePlatform(name)
		if got := p.env(); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %q (%v), want %q", name, got, err, want)
		}
	}
	for _, bad := range []string{"", "linux", "/amd64", "linux/"} {
		if p, err := parsePlatform(bad); err == nil {
			t.Errorf("%q became %v", bad, p)
		}
	}
}
