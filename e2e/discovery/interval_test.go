package discovery

import (
	"fmt"
	"testing"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness"
)

func TestInterval_ChangedListWithoutReload(t *testing.T) {
	t.Parallel()
	const account = "changing"
	s := newScenario(t)
	s.add(account, "kept", 1)
	s.add(account, "removed", 2)
	s.configure(t, "ttl: 1h", "timeout: 2s", fmt.Sprintf("interval: %s, exclude: ['test-.*']", interval), account)
	s.start(t, 2, "2s")
	s.await(t, sessions, s.daySamples(map[string]int64{"kept": 1, "removed": 2}))
	s.prom.Expect(t, "realtimekit_discovery_apps", apps(account, 2, 0))

	s.add(account, "created", 3)
	s.API.NameApp("created", "Main stage", time.Now())
	s.add(account, "test-app", 4)
	s.API.RemoveApp(account, "removed")
	s.await(t, sessions, s.daySamples(map[string]int64{"kept": 1, "Main stage": 3}))

	s.prom.Expect(t, "realtimekit_discovery_apps", apps(account, 2, 1))
	s.prom.Expect(t, "changes(process_start_time_seconds[5m])", harness.Samples{"{}": 0})
	s.prom.Expect(t, "changes(realtimekit_exporter_config_last_reload_success_timestamp_seconds[5m])", harness.Samples{"{}": 0})
	s.expectAtEveryScrape(t, "kept")
	if err := harness.Diff(s.Requests(), map[string]int{"": 2, "kept": 1, "removed": 1, "created": 1}); err != nil {
		t.Errorf("requests to the API, those for the list without an app: %v", err)
	}
}
