package main

import (
	"fmt"

	"github.com/realtimekit-exporter/realtimekit_exporter/cmd/realtimekit_exporter/internal/statuspage"
)

// forStatusPage returns the part of the configuration that the status page shows.
func (s *reloadState) forStatusPage() statuspage.Config {
	c := statuspage.Config{
		Name: s.name, LoadedAt: s.at, Summary: s.config.Summary(),
		TokenOrigins: make(map[string]string),
		Refused:      s.refused, RefusedAt: s.refusedAt,
	}
	for _, k := range s.config.Settings() {
		c.Settings = append(c.Settings, statuspage.Setting(k))
	}
	for _, a := range s.config.Accounts {
		c.TokenOrigins[a.ID] = fmt.Sprint(a.Token)
	}
	return c
}
