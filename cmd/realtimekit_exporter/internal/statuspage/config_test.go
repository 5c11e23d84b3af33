package statuspage_test

import (
	"errors"
	"testing"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/cmd/realtimekit_exporter/internal/statuspage"
)

func TestPage_Configuration(t *testing.T) {
	run(t, twoApps, func(f *fixture) {
		f.config.Settings = []statuspage.Setting{
			{Key: "window_days", Value: "5"}, {Key: "cache.max_stale", Value: "3d", Default: true}, {Key: "api.proxy_url", Default: true},
		}
		<-time.After(90 * time.Second)
		f.contains(f.page(""), "/etc/realtimekit/config.yml: 1 account, 2 apps, 5 days. Loaded 1 minute ago (2000-01-10 12:00:00 UTC).",
			"window_days 5 cache.max_stale 3d (default) api.proxy_url not set")
		f.containsNone(f.page(""), "reload failed")

		f.config.Refused, f.config.RefusedAt = errors.New("config.yml:1: window_days: 0 is out of range\nconfig.yml:2: accounts"), time.Now()
		<-time.After(5 * time.Second)
		f.contains(f.page(""), "Loaded 1 minute ago (2000-01-10 12:00:00 UTC). The last reload failed 5 seconds ago (2000-01-10 12:01:30 UTC). This configuration is still active. "+
			"config.yml:1: window_days: 0 is out of range config.yml:2: accounts")
	})
}
