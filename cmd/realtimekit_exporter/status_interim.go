package main

import "github.com/realtimekit-exporter/realtimekit_exporter/cmd/realtimekit_exporter/internal/plural"

func count(n int, noun string) string { return plural.Count(n, noun) }

// cut returns the first 60 characters.
func cut(s string) string {
	count := 0
	for i := range s {
		if count++; count > 60 {
			return s[:i] + "…"
		}
	}
	return s
}
