package grafana

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/grafana/scenario"
)

// Colors of Grafana's dark theme.
const (
	green = "#73BF69"
	red   = "#F2495C"
)

// of returns a view of the exporter dashboard for a scenario of the pictures.
func of(t *testing.T, name, from string) result {
	t.Helper()
	all := scenario.All()
	s := all[slices.IndexFunc(all, func(s *scenario.Scenario) bool { return s.Name == name })]
	got, err := show(t.Context(), "UTC", []view{{Name: name, Dashboard: "exporter", Prometheus: serve(t, s), Now: s.Now.UnixMilli(), From: from, To: "now"}})
	if err != nil {
		t.Fatal(err)
	}
	return got[name]
}

// series returns the largest value of each series of a graph.
func (p panel) series(t *testing.T) map[string]float64 {
	t.Helper()
	largest := map[string]float64{}
	for _, frame := range p.Frames {
		for _, f := range frame[1:] {
			if f.Missing != "–" {
				t.Errorf("a missing value of %s is shown as %q", f.Name, f.Missing)
			}
			for _, v := range f.numbers() {
				largest[f.Name] = max(largest[f.Name], v) // of NaN, NaN
			}
		}
	}
	return largest
}

func TestExporter_Faults(t *testing.T) {
	t.Parallel()
	got := of(t, "faults", "now-24h")
	for title, want := range map[string][]string{
		"Failed requests by reason": {"auth", "not_found", "server", "timeout"},
		"API requests by status":    {"200", "403", "404", "503", "error"},
		"API latency":               {"50 %", "90 %", "99 %"},
		"Reports by source":         {"fresh", "none", "refreshed", "stale"},
	} {
		names := sortedKeys(got.Panels[title].series(t))
		for _, name := range want {
			if !slices.Contains(names, name) {
				t.Errorf("%s has the series %q, want %s too", title, names, name)
			}
		}
	}
	differ := got.Panels["Complete days with different values in replicas"].series(t)
	if differ["sessions"] != 0 || differ["viewer time"] != scenario.WindowDays-1 {
		t.Errorf("replicas differ in %v", differ)
	}
	states := got.Panels["Configuration"].Stats
	if len(states) != 2 || states[0].Text != "valid" || states[0].Color != green || states[1].Text != "rejected" || states[1].Color != red {
		t.Errorf("configuration: %+v", states)
	}
	reports := got.Panels["Reports by app"]
	apps, state, age, ttls, reason := reports.column(t, "App"), reports.column(t, "State"), reports.column(t, "Age"), reports.column(t, "TTLs"), reports.column(t, "Last failure")
	for i, app := range apps.Texts {
		switch app {
		case "Partner event (EU)":
			if state.Texts[i] != "failing" || state.Colors[i] != red || age.Texts[i] != "never" || ttls.Texts[i] != "never" || reason.Texts[i] != "not_found" {
				t.Errorf("%s is %s, %s, %s, %s", app, state.Texts[i], age.Texts[i], ttls.Texts[i], reason.Texts[i])
			}
		case "demo-main-stage":
			if when := reports.column(t, "When"); state.Texts[i] != "up" || reason.Texts[i] != "timeout" || when.Texts[i] != "5 hours ago" {
				t.Errorf("%s is %s, %s %s", app, state.Texts[i], reason.Texts[i], when.Texts[i])
			}
		case "demo-concerts":
			if old, err := strconv.ParseFloat(ttls.Texts[i], 64); state.Texts[i] != "failing" || err != nil || old < 12 || ttls.Colors[i] != red || reason.Texts[i] != "auth" {
				t.Errorf("%s is %s, %s in %s, %s", app, state.Texts[i], ttls.Texts[i], ttls.Colors[i], reason.Texts[i])
			}
		}
	}
	if len(apps.Texts) != 28 {
		t.Errorf("rows for %q, want 2 reports of 7 apps of 2 exporters", apps.Texts)
	}
	lists := map[string]string{}
	for i, exporter := range got.Panels["Discovery"].column(t, "Exporter").Texts {
		for _, name := range []string{"State", "Age", "Collected", "Excluded"} {
			lists[exporter] += got.Panels["Discovery"].column(t, name).Texts[i] + " "
		}
	}
	if want := map[string]string{"10.1.2.17:11780": "failing 3 hours 7 2 ", "10.1.3.52:11780": "failing never never never "}; !maps.Equal(lists, want) {
		t.Errorf("lists of apps %q, want %q", lists, want)
	}
}

func TestExporter_NoDiscovery(t *testing.T) {
	t.Parallel()
	if p := of(t, "sparse", "now-24h").Panels["Discovery"]; len(p.column(t, "State").Texts) != 0 {
		t.Errorf("apps in the configuration only: %+v", p)
	}
}

// Twelve minutes after the installation, only failures and replicas have nothing
// to show.
func TestExporter_Fresh(t *testing.T) {
	t.Parallel()
	got := of(t, "fresh", "now-24h")
	for title, p := range got.Panels {
		if empty := len(p.Frames) == 0 && len(p.Stats) == 0; empty != strings.HasPrefix(title, "Failed requests") {
			t.Errorf("panel %s is empty: %v", title, empty)
		}
	}
	if ages := got.Panels["Age of the oldest response, in TTLs"].series(t); ages["livestreams · exporter:11780"] <= 0 {
		t.Errorf("ages %v", ages)
	}
}
