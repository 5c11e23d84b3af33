package main

import (
	"os"
	"testing"
)

func TestGenerate_CommittedFileIsCurrent(t *testing.T) {
	want, err := generate()
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../../dashboards/rules/recording.yml")
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Error("recording.yml is not current: run make generate")
	}
}
