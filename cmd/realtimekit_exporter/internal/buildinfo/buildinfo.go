// Package buildinfo says which version of the exporter this is.
//
// A release sets the variables of prometheus/common/version by linker flags. For other
// builds, this package fills them in from what Go records in every binary.
package buildinfo

import (
	"runtime/debug"
	"strings"

	"github.com/prometheus/common/version"
)

// Repository is the URL of the exporter's source code.
const Repository = "https://github.com/realtimekit-exporter/realtimekit_exporter"

// Complete sets the version and the date that were not set at build time. It is called
// once, before anything reads them. The revision needs no such call: the library looks it
// up by itself.
func Complete() {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return
	}
	if version.Version == "" {
		version.Version = strings.TrimPrefix(info.Main.Version, "v") // (devel) with go run
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.time" && version.BuildDate == "" {
			version.BuildDate = s.Value
		}
	}
}

// UserAgent returns how requests of this program name it: with its version, if it is
// known, and the repository.
func UserAgent(program string) string {
	// A version in a User-Agent has no parentheses.
	if v := strings.Trim(version.Version, "()"); v != "" {
		program += "/" + v
	}
	return program + " (+" + Repository + ")"
}
