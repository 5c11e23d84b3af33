package exporter

import (
	"bytes"
	"fmt"
	"os/exec"
	"testing"

	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness"
)

// allExposed selects the series of account.Samples.
const allExposed = `__name__=~"` + harness.Daily + `.+|` + harness.DateStart + `"`

func TestScrape_HasEveryValueOfEveryAppAndDay(t *testing.T) {
	a := harness.NewAccount(t)
	exporter := a.StartExporter(t)
	prom := harness.StartPrometheus(t, harness.Job("realtimekit", []*harness.Process{exporter}, nil))
	prom.AwaitScrapes(t, 1, 5)

	prom.Expect(t, "{"+allExposed+"}", a.Samples())
	prom.Expect(t, "realtimekit_report_up", harness.Samples{
		`realtimekit_report_up{app="name of busy-app", report="livestreams"}`:  1,
		`realtimekit_report_up{app="name of quiet-app", report="livestreams"}`: 1,
		`realtimekit_report_up{app="name of empty-app", report="livestreams"}`: 1,
	})

	// From the first scrape on, without a gap.
	prom.Expect(t, "min_over_time(up[5m])", harness.Samples{"{}": 1})
	prom.Expect(t, "count_over_time("+harness.Daily+"sessions[5m]) != on () group_left count_over_time(up[5m])", harness.Samples{})
	prom.Expect(t, "scrape_samples_scraped - scrape_samples_post_metric_relabeling", harness.Samples{"{}": 0})
	var targets struct {
		ActiveTargets []struct{ Health, LastError string }
	}
	if err := prom.Fetch(t.Context(), "targets", nil, &targets); err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(targets.ActiveTargets), "[{up }]"; got != want {
		t.Errorf("targets are %s, want %s", got, want)
	}
	if lines := prom.Lines("level=WARN", "level=ERROR"); lines != nil {
		t.Errorf("prometheus complains: %q", lines)
	}
	if lines := exporter.Lines("level=warn", "level=error"); lines != nil {
		t.Errorf("the exporter complains: %q", lines)
	}
	if err := harness.Diff(a.Requests(), map[string]int{harness.Busy: 1, harness.Quiet: 1, harness.Empty: 1}); err != nil {
		t.Errorf("requests to the API: %v", err)
	}
}

func TestScrape_PassesPromtoolCheck(t *testing.T) {
	a := harness.NewAccount(t)
	exporter := a.StartExporter(t)
	_, metrics, err := harness.Get(t.Context(), exporter.URL+"/metrics", "")
	if err != nil {
		t.Fatal(err)
	}
	promtool := exec.CommandContext(t.Context(), "promtool", "check", "metrics")
	promtool.Stdin = bytes.NewReader(metrics)
	if out, err := promtool.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("promtool check metrics: %v\n%s", err, out)
	}
}
