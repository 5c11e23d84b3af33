// Package buildinfo provides the version of the exporter.
//
// A release sets the variables of prometheus/common/version by linker flags. For other
// builds, this package sets them from the build information that Go records.
package buildinfo

import (
	"runtime/debug"
	"strings"

	"github.com/prometheus/common/version"
)

// Repository is the URL of the exporter's source code.
const Repository = "https://github.com/realtimekit-exporter/realtimekit_exporter"

// Complete sets the version and the date if linker flags have not set them. Call it once,
// before anything reads them. The library sets the revision itself.
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

// UserAgent returns the User-Agent of requests: the program, its version if it is known,
// and the repository.
func UserAgent(program string) string {
	// A version in a User-Agent has no parentheses.
	if v := strings.Trim(version.Version, "()"); v != "" {
		program += "/" + v
	}
	return program + " (+" + Repository + ")"
}
