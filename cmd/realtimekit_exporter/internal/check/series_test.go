package check

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector"
)

func TestRun_ManySeries(t *testing.T) {
	token := func(context.Context) (api.Secret, error) { return "token", nil }
	for apps, want := range map[int]string{10: "", 1000: "set --timeout-offset=2s (a second per 100,000 series)", 2000: "set --timeout-offset=3s "} {
		account := collector.Account{ID: "studio", Token: token}
		for i := range apps {
			id := fmt.Sprint("app-", i)
			account.Apps = append(account.Apps, collector.App{ID: id, Name: id})
		}
		plan := &collector.Plan{
			Reports: collector.Reports("livestreams"), Days: 35, TTL: time.Hour, LiveTTL: time.Hour, MaxStale: time.Hour,
			Limit: collector.Limit{Requests: 300, Per: time.Minute}, Accounts: []collector.Account{account},
		}
		var out strings.Builder
		if err := Run(t.Context(), plan, "config.yml", "many apps", &out); err != nil {
			t.Fatal(err)
		}
		if got := out.String(); strings.Contains(got, "warning") != (want != "") || !strings.Contains(got, want) {
			t.Errorf("%d apps: got\n%s\nwant a warning with %q", apps, got, want)
		}
	}
}
