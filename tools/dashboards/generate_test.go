package main

import (
	"os"
	"path/filepath"
	"testing"
)

func TestGenerate_CommittedFilesAreCurrent(t *testing.T) {
	const dir = "../../dashboards"
	files, err := generate()
	if err != nil {
		t.Fatal(err)
	}
	committed, err := filepath.Glob(dir + "/*.json")
	if err != nil {
		t.Fatal(err)
	}
	if len(committed) != len(files) {
		t.Errorf("files %q, want %d", committed, len(files))
	}
	for name, want := range files {
		got, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Error(err)
		} else if string(got) != string(want) {
			t.Errorf("%s is not current: run make generate", name)
		}
	}
}
