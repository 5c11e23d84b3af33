package rules

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness"
	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness/history"
)

// A server is a Prometheus that stores the history.
type server struct{ *history.Server }

func TestRules_History(t *testing.T) {
	t.Parallel()
	m := server{history.New(time.Now()).Start(t)}
	t.Run("days", m.expectFinal)
	t.Run("recording rules", m.expectRecorded)
	t.Run("alerts", m.expectAlerts)
}

// expectRecorded compares what every recording rule of livestreams gives now, and what
// it was filled back with, with what the exporters knew then. The history has no
// meetings: TestRules_AreTheSameForEveryMetric covers their rules.
func (m server) expectRecorded(t *testing.T) {
	text, err := os.ReadFile(harness.Root + "/dashboards/rules/recording.yml")
	if err != nil {
		t.Fatal(err)
	}
	names := regexp.MustCompile(`(?m)^\s*- record: (app:realtimekit_livestream_\S+)$`).FindAllStringSubmatch(string(text), -1)
	if len(names) == 0 {
		t.Fatal("there are no recording rules")
	}
	for _, name := range names {
		measure, days, err := ofRule(name[1])
		if err != nil {
			t.Error(err)
			continue
		}
		for _, at := range []time.Time{m.At(history.Lowered+4, 9), m.At(history.OutageTo, 3), m.At(history.Replaced+1, 3), m.At(-20, 3), m.At(history.FailsFrom+1, 3)} {
			k := history.Exposed{}
			for _, scrape := range m.Scrapes() {
				if scrape.After(at.Add(-2*time.Hour)) && scrape.Before(at) {
					k.Record(m.History, history.First, scrape)
					k.Record(m.History, history.Other, scrape.Add(time.Minute))
				}
			}
			m.expectRule(t, "last_over_time("+name[1]+"[1h])", at, m.sums(k, m.Number(at), days, measure))
		}
		m.expectRule(t, name[1], time.Now(), m.sums(history.Exposed{"live": m.Exposed["live"]}, 0, days, measure))
	}
}

// ofRule reads from a rule's name which measure it is of, and of which days
// before its own.
func ofRule(name string) (of measure, days [2]int, err error) {
	parts := strings.Split(name, ":")
	if len(parts) != 3 || parts[0] != "app" {
		return nil, days, fmt.Errorf("rule %s is not named level:metric:operation", name)
	}
	of = map[string]measure{
		harness.Daily + "sessions":                                 sessions,
		harness.Daily + "ingest_seconds":                           ingest,
		harness.Daily + "viewer_seconds":                           viewer,
		"realtimekit_livestream_viewer_seconds_per_ingest_seconds": audience,
	}[parts[1]]
	days, ok := map[string][2]int{"today": {0, 0}, "yesterday": {-1, -1}, "sum7d": {-7, -1}, "sum30d": {-30, -1}}[strings.TrimPrefix(parts[2], "ratio_")]
	if of == nil || !ok {
		err = fmt.Errorf("there is no expected result for rule %s", name)
	}
	return of, days, err
}

// sums adds up what is known of each app's days. An audience of no ingest is none.
func (m server) sums(k history.Exposed, from int, days [2]int, of measure) map[string]float64 {
	sums := map[string]float64{}
	for _, app := range m.Apps {
		var sum apitest.Day
		known := false
		for n := from + days[0]; n <= from+days[1]; n++ {
			d, ok := k.Latest(app.Name, n)
			known = known || ok
			sum.Sessions += d.Sessions
			sum.IngestSeconds += d.IngestSeconds
			sum.ViewerSeconds += d.ViewerSeconds
		}
		if v := of(sum); known {
			sums[app.Name] = v
		}
	}
	return sums
}

func (m server) expectRule(t *testing.T, promql string, at time.Time, want map[string]float64) {
	t.Helper()
	got := map[string]float64{}
	all, err := m.Prom.QueryAt(t.Context(), promql, at)
	for _, s := range all {
		var v float64
		if _, v, err = harness.Point(s.Value); err != nil {
			break
		}
		got[s.Metric["app"]] = v
	}
	if err == nil {
		err = near(got, want)
	}
	if err != nil {
		t.Errorf("%s at %v: %v", promql, at, err)
	}
}

// expectAlerts evaluates every alert at the times of the history at which
// something was wrong, or all was well.
func (m server) expectAlerts(t *testing.T) {
	var rules struct {
		Groups []struct {
			Rules []struct{ Name, Type, Query, Health, LastError string }
		}
	}
	if err := m.Prom.Fetch(t.Context(), "rules", nil, &rules); err != nil {
		t.Fatal(err)
	}
	wants := m.wrongs()
	seen := 0
	for _, group := range rules.Groups {
		for _, rule := range group.Rules {
			if rule.Health != "ok" || rule.LastError != "" {
				t.Errorf("rule %s is %s: %s", rule.Name, rule.Health, rule.LastError)
			}
			if rule.Type != "alerting" {
				continue
			}
			seen++
			for _, want := range wants {
				got, err := m.Prom.QueryAt(t.Context(), rule.Query, want.at)
				var names []string
				for _, s := range got {
					names = append(names, strings.TrimSpace(strings.Join([]string{s.Metric["app"], s.Metric["instance"], s.Metric["reason"]}, " ")))
				}
				slices.Sort(names)
				expected := slices.Sorted(slices.Values(want.alerts[rule.Name]))
				if err != nil || !slices.Equal(names, expected) {
					t.Errorf("%s, %s: it fires for %q, want %q; %v", rule.Name, want.when, names, expected, err)
				}
			}
		}
	}
	if seen == 0 {
		t.Error("there are no alerts")
	}
}

// A wrong is a time, and the alerts that are expected then: the labels of each that say
// what it is about.
type wrong struct {
	when   string
	at     time.Time
	alerts map[string][]string
}

func (m server) wrongs() []wrong {
	var failing, old, fell []string
	instances := []string{history.Replacement, history.Other}
	for _, app := range m.Configured(m.At(history.FailsFrom, 12)) {
		for _, instance := range instances {
			failing = append(failing, app.Name+" "+instance+" server")
			old = append(old, app.Name+" "+instance)
		}
	}
	for _, app := range m.Configured(m.At(history.Lowered, 12)) {
		before, after := m.Day(app, history.Lowered, m.At(history.Lowered+4, 5)), m.Day(app, history.Lowered, m.At(history.Lowered+4, 7))
		decreased := func(of measure, least float64) bool { return of(after)+least < 0.9*of(before) }
		if decreased(sessions, 2) || decreased(ingest, 600) || decreased(viewer, 3600) {
			fell = append(fell, app.Name)
		}
	}
	// In the first five minutes of a day Prometheus still looks back to scrapes of the
	// stored replicas from before 00:00, a minute apart, when that day's numbers grew.
	now := time.Now()
	if from := m.Today.Add(5 * time.Minute); now.Before(from) {
		now = from
	}
	return []wrong{
		{"when all was well", m.At(-5, 12), nil},
		{"now", now, nil},
		{"while Prometheus was away", m.At(history.OutageFrom+1, 12), map[string][]string{"RealtimeKitExporterAbsent": {""}}},
		{"while the API failed", m.At(history.FailsFrom, 12), map[string][]string{"RealtimeKitMostReportsFailing": instances, "RealtimeKitReportFailing": failing, "RealtimeKitDataOld": old}},
		{"when a day was restated downwards", m.At(history.Lowered+4, 8), map[string][]string{"RealtimeKitClosedDayFell": fell}},
		{"after a day without a livestream", m.At(history.NoLivestream+1, 7), map[string][]string{"RealtimeKitNoLivestreamYesterday": {history.Always}}},
		{"after a day on which nobody watched", m.At(history.NobodyWatched+1, 7), map[string][]string{"RealtimeKitStreamedToNobody": {history.Always}}},
	}
}
