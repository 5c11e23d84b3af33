package main

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"
)

func TestChart_HasTheVersion(t *testing.T) {
	text, err := os.ReadFile("../../../VERSION")
	if err != nil {
		t.Fatal(err)
	}
	version := strings.TrimSpace(string(text))
	r := release{root: "../../..", version: version, time: time.Unix(1_700_000_000, 0)}
	made, err := r.chart()
	if err != nil || len(made) != 1 || len(made["realtimekit-exporter-"+version+".tgz"]) == 0 {
		t.Errorf("made %d files, %v", len(made), err)
	}
	again, err := r.chart()
	for name := range made {
		if err != nil || !bytes.Equal(made[name], again[name]) {
			t.Errorf("%s is not the same twice (%v)", name, err)
		}
	}
	r.version = "9.9.9"
	if _, err := r.chart(); err == nil || !strings.HasSuffix(err.Error(), "Chart.yaml: expected 9.9.9") {
		t.Errorf("for another version: %v", err)
	}
}
