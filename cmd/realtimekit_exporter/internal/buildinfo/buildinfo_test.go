package buildinfo_test

import (
	"testing"

	"github.com/prometheus/common/version"

	"github.com/realtimekit-exporter/realtimekit_exporter/cmd/realtimekit_exporter/internal/buildinfo"
)

func TestUserAgent_Version(t *testing.T) {
	const repository = " (+https://github.com/realtimekit-exporter/realtimekit_exporter)"
	before := version.Version
	defer func() { version.Version = before }()
	for v, want := range map[string]string{
		"1.2.3":   "exporter/1.2.3" + repository,
		"(devel)": "exporter/devel" + repository,
		"":        "exporter" + repository,
	} {
		version.Version = v
		if got := buildinfo.UserAgent("exporter"); got != want {
			t.Errorf("version %q: got %q, want %q", v, got, want)
		}
	}
}

func TestComplete_KeepsLinkerFlags(t *testing.T) {
	before := version.Version
	defer func() { version.Version = before }()
	version.Version = "1.2.3"
	if buildinfo.Complete(); version.Version != "1.2.3" {
		t.Errorf("the version is %q, want 1.2.3", version.Version)
	}
}
