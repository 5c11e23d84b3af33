package collector

import (
	"errors"
	"slices"
	"sync"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
)

// failures counts failed fetches by key and reason. A counter belongs to its key
// and is exposed under the name that the app has in the loaded plan.
type failures struct {
	desc *prometheus.Desc

	mu      sync.RWMutex
	byKey   map[key]map[api.Reason]prometheus.Counter
	exposed []prometheus.Metric // sorted by labels, because gathering sorts them otherwise
}

func newFailures() *failures {
	return &failures{
		desc: prometheus.NewDesc("realtimekit_report_failures_total",
			"Number of failed requests for the report, by reason.", []string{"app", "report", "reason"}, nil),
	}
}

// A failureCounter exposes a counter with the labels of a target.
type failureCounter struct {
	prometheus.Counter
	desc   *prometheus.Desc
	labels []*dto.LabelPair
}

func (c failureCounter) Desc() *prometheus.Desc { return c.desc }

func (c failureCounter) Write(out *dto.Metric) error {
	err := c.Counter.Write(out)
	out.Label = c.labels
	return err
}

// retain keeps the counters of these targets, which are sorted by name, and drops
// all others. Every reason is exposed from the start, at 0.
func (f *failures) retain(targets []target) {
	f.mu.Lock()
	defer f.mu.Unlock()
	old := f.byKey
	f.byKey, f.exposed = make(map[key]map[api.Reason]prometheus.Counter, len(targets)), nil
	reasons := slices.Sorted(slices.Values(api.Reasons()))
	reasonLabels := make([]*dto.LabelPair, len(reasons))
	for i, reason := range reasons {
		reasonLabels[i] = pair("reason", string(reason))
	}
	for _, t := range targets {
		counters := f.byKey[t.key] // of the same app with other filters
		if counters == nil {
			counters = old[t.key]
		}
		if counters == nil {
			counters = make(map[api.Reason]prometheus.Counter, len(reasons))
			for _, reason := range reasons {
				counters[reason] = prometheus.NewCounter(prometheus.CounterOpts{Name: "realtimekit_report_failures_total"})
			}
		}
		f.byKey[t.key] = counters
		app, report := pair("app", t.name), pair("report", t.report.Name)
		for i, reason := range reasons {
			f.exposed = append(f.exposed, failureCounter{counters[reason], f.desc, []*dto.LabelPair{app, reasonLabels[i], report}})
		}
	}
}

// inc counts a failure of a key that was retained.
func (f *failures) inc(k key, reason api.Reason) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	if c, ok := f.byKey[k][reason]; ok {
		c.Inc()
	}
}

// Describe implements [prometheus.Collector].
func (f *failures) Describe(ch chan<- *prometheus.Desc) { ch <- f.desc }

// Collect implements [prometheus.Collector].
func (f *failures) Collect(ch chan<- prometheus.Metric) {
	f.mu.RLock()
	exposed := f.exposed
	f.mu.RUnlock()
	for _, counter := range exposed {
		ch <- counter
	}
}

// record counts and logs the result of a fetch. No other function does.
func (e *Exporter) record(k key, err error) {
	reason, details := api.Reason(""), []any{}
	if err != nil {
		reason = api.ReasonMalformed // found by the report itself
		if apiErr := (*api.Error)(nil); errors.As(err, &apiErr) {
			reason = apiErr.Reason
			if reason == api.ReasonRateLimited {
				details = []any{"paused_for", apiErr.Pause(e.now())}
			}
		}
		details = append([]any{"reason", reason, "err", err}, details...)
	}
	t, failing := e.count(k, reason, err)
	emit := func(logger log.Logger, msg string) {
		_ = logger.Log(append([]any{"msg", msg, "app", t.name, "report", k.report}, details...)...)
	}
	switch {
	case t.account == nil: // no longer wanted
	case err != nil:
		emit(level.Warn(e.logger), "report failed")
	case failing:
		emit(level.Info(e.logger), "report recovered")
	default:
		emit(level.Debug(e.logger), "report fetched")
	}
}

// count keeps the result of a fetch, counts a failure, and reports whether the
// report was failing before. It excludes Apply, or a failure of an app that Apply
// has removed could be kept.
func (e *Exporter) count(k key, reason api.Reason, err error) (t target, failing bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	t = e.byKey[k]
	before, failing := e.failing[k]
	switch {
	case err == nil:
		delete(e.failing, k)
	case t.account != nil:
		e.failing[k] = Failure{Err: err, Reason: reason, At: e.now(), Times: before.Times + 1}
		e.metrics.failures.inc(k, reason)
	}
	return t, failing
}
