package e2e

import (
	"bytes"
	"fmt"
	"os/exec"
	"testing"
)

// allShown selects what account.shown tells.
const allShown = `__name__=~"` + daily + `.+|` + dateStart + `"`

func TestPrometheusHasEveryValueOfEveryAppAndDay(t *testing.T) {
	a := newAccount(t)
	exporter := a.startExporter(t)
	prom := startPrometheus(t, job("realtimekit", []*process{exporter}, nil))
	prom.awaitScrapes(t, 1, 5)

	prom.expect(t, "{"+allShown+"}", a.shown())
	prom.expect(t, "realtimekit_report_up", samples{
		`realtimekit_report_up{app="name of busy-app", report="livestreams"}`:  1,
		`realtimekit_report_up{app="name of quiet-app", report="livestreams"}`: 1,
		`realtimekit_report_up{app="name of empty-app", report="livestreams"}`: 1,
	})

	// From the first scrape on, without a gap.
	prom.expect(t, "min_over_time(up[5m])", samples{"{}": 1})
	prom.expect(t, "count_over_time("+daily+"sessions[5m]) != on () group_left count_over_time(up[5m])", samples{})
	prom.expect(t, "scrape_samples_scraped - scrape_samples_post_metric_relabeling", samples{"{}": 0})
	var targets struct {
		ActiveTargets []struct{ Health, LastError string }
	}
	if err := prom.ask(t.Context(), "targets", nil, &targets); err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(targets.ActiveTargets), "[{up }]"; got != want {
		t.Errorf("targets are %s, want %s", got, want)
	}
	if lines := prom.lines("level=WARN", "level=ERROR"); lines != nil {
		t.Errorf("prometheus complains: %q", lines)
	}
	if lines := exporter.lines("level=warn", "level=error"); lines != nil {
		t.Errorf("the exporter complains: %q", lines)
	}
	if err := differ(a.requests(), map[string]int{busy: 1, quiet: 1, empty: 1}); err != nil {
		t.Errorf("requests to the API: %v", err)
	}
}

func TestPromtoolHasNothingToSay(t *testing.T) {
	a := newAccount(t)
	exporter := a.startExporter(t)
	_, metrics, err := get(t.Context(), exporter.url+"/metrics", "")
	if err != nil {
		t.Fatal(err)
	}
	promtool := exec.CommandContext(t.Context(), "promtool", "check", "metrics")
	promtool.Stdin = bytes.NewReader(metrics)
	if out, err := promtool.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("promtool check metrics: %v\n%s", err, out)
	}
}
