package collector

import (
	"maps"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector/internal/cache"
)

// groupSize is the maximum number of apps in a group. Larger groups compress better;
// smaller ones have less to encode again when a response changes.
const groupSize = 16

// A group exposes one report of some apps. It is immutable: when a state changes, a new
// group replaces it and is encoded again.
type group struct {
	*descs
	report Report
	window api.Window // from and to 00:00 UTC
	states []state
}

// A state has everything that the metrics of a target depend on.
type state struct {
	key      key
	name     string
	first    bool      // the first report of the app, which also exposes its identifiers
	response *response // nil before the first
	ok       bool      // the last completed request succeeded
	exposed  bool      // the response is not too old
	failures *failures
}

// failures counts the failed requests of a target by reason. It is immutable.
type failures struct {
	since    time.Time
	byReason map[api.Reason]int
}

// plus returns a copy with one more failure.
func (f *failures) plus(reason api.Reason) *failures {
	counts := maps.Clone(f.byReason)
	counts[reason]++
	return &failures{f.since, counts}
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

// next returns the groups for these states. A group has one report only. It is kept if
// none of its states has changed.
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

// collectors returns the collectors of the groups. They are immutable.
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

// dates exposes the start of each day of a window.
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

// constant returns a gauge that does not change.
func constant(desc *prometheus.Desc, value float64, labels ...string) prometheus.Metric {
	return prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, value, labels...)
}

func oneIf(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
