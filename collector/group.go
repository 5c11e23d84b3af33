package collector

import (
	"maps"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector/internal/cache"
)

// groupSize is the largest number of apps in a group. More compress better, and fewer
// are encoded again when a response changes.
const groupSize = 16

// A group is the metrics of a report of some apps. It never changes: when one of its
// states does, another group replaces it, which is encoded again.
type group struct {
	*descs
	report Report
	window api.Window // from and to 00:00 UTC
	states []state
}

// A state is all that the metrics of a target depend on.
type state struct {
	key      key
	name     string
	first    bool      // of the reports of the app
	response *response // nil before the first
	ok       bool      // the last completed request succeeded
	exposed  bool      // the response is not too old
	failures *failures
}

// failures are the numbers of failed requests of a target. They are not edited.
type failures struct {
	since    time.Time
	byReason map[api.Reason]int
}

// plus returns the numbers after one more failure.
func (f *failures) plus(reason api.Reason) *failures {
	numbers := maps.Clone(f.byReason)
	numbers[reason]++
	return &failures{f.since, numbers}
}

// newState returns the state of a target whose report was looked up.
func newState(t target, item cache.Item[*response]) state {
	return state{
		key: t.key, name: t.name, first: t.first, failures: t.failures.Load(),
		response: item.Value, ok: item.OK, exposed: item.Known && item.Result != cache.None,
	}
}

// groups are the groups of a snapshot.
type groups struct {
	window api.Window // of all of them
	dates  *dates
	all    []*group
}

// next returns the groups of these states, those of each report together. A group that
// is the same as before is kept.
func (g *groups) next(d *descs, w api.Window, targets []target, states []state) *groups {
	w.End = api.Day(w.End)
	if g == nil || g.window != w {
		g = &groups{dates: &dates{d, w}}
	}
	next := &groups{window: w, dates: g.dates}
	for from, to := 0, 0; from < len(states); from = to {
		for to < min(from+groupSize, len(states)) && states[to].key.report == states[from].key.report {
			to++
		}
		n, some := len(next.all), states[from:to]
		if n < len(g.all) && slices.Equal(g.all[n].states, some) {
			next.all = append(next.all, g.all[n])
		} else {
			next.all = append(next.all, &group{d, targets[from].report, w, slices.Clone(some)})
		}
	}
	return next
}

// collectors returns the parts of the groups, which never change.
func (g *groups) collectors() []prometheus.Collector {
	all := []prometheus.Collector{g.dates}
	for _, group := range g.all {
		all = append(all, group)
	}
	return all
}

// Describe implements [prometheus.Collector].
func (g *group) Describe(ch chan<- *prometheus.Desc) {
	g.descs.Describe(ch)
	for _, m := range g.report.Metrics {
		ch <- g.report.desc(m)
	}
}

// Collect implements [prometheus.Collector].
func (g *group) Collect(ch chan<- prometheus.Metric) {
	gauge := func(desc *prometheus.Desc, value float64, labels ...string) {
		ch <- constant(desc, value, labels...)
	}
	report, metrics := g.report.Name, []*prometheus.Desc{}
	for _, m := range g.report.Metrics {
		metrics = append(metrics, g.report.desc(m))
	}
	for _, s := range g.states {
		if s.first {
			gauge(g.info, 1, s.name, s.key.appID, s.key.accountID)
		}
		gauge(g.up, oneIf(s.ok), s.name, report)
		for _, reason := range api.Reasons() {
			n := s.failures.byReason[reason]
			ch <- prometheus.MustNewConstMetricWithCreatedTimestamp(g.failures, prometheus.CounterValue, float64(n), s.failures.since, s.name, report, string(reason))
		}
		if s.response == nil {
			continue
		}
		gauge(g.success, seconds(s.response.data.Window.End), s.name, report)
		if g.report.Daily() {
			gauge(g.rows, float64(s.response.rowsIn(g.window)), s.name, report)
			gauge(g.skipped, float64(s.response.data.Skipped), s.name, report)
		}
		if !s.exposed {
			continue
		}
		for i, rows := range s.response.values(g.window) {
			for _, row := range rows {
				gauge(metrics[i], row.Value, s.name, g.report.label(row))
			}
		}
	}
}

// dates are when the days of a window begin.
type dates struct {
	*descs
	window api.Window
}

// Collect implements [prometheus.Collector].
func (d *dates) Collect(ch chan<- prometheus.Metric) {
	for day := d.window.Start; !day.After(d.window.End); day = day.AddDate(0, 0, 1) {
		ch <- constant(d.dateStart, float64(day.Unix()), day.Format(time.DateOnly))
	}
}

// constant is a gauge that does not change.
func constant(desc *prometheus.Desc, value float64, labels ...string) prometheus.Metric {
	return prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, value, labels...)
}

func oneIf(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
