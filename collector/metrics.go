package collector

import (
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector/internal/cache"
)

// metrics are the exporter's own, kept across scrapes.
type metrics struct {
	failures *failures
	requests *prometheus.CounterVec
	duration prometheus.Histogram
	answers  *prometheus.CounterVec
}

func newMetrics(reg prometheus.Registerer) *metrics {
	m := &metrics{
		failures: &failures{CounterVec: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "realtimekit_report_failures_total",
			Help: "Requests for the report that failed, by reason.",
		}, []string{"app", "report", "reason"})},
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "realtimekit_exporter_api_requests_total",
			Help: "Requests sent to the API, by HTTP status, or error when none came.",
		}, []string{"code"}),
		duration: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    "realtimekit_exporter_api_request_duration_seconds",
			Help:    "Time that requests to the API took, the whole answer included.",
			Buckets: []float64{0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30},

			NativeHistogramBucketFactor:     1.1,
			NativeHistogramMaxBucketNumber:  100,
			NativeHistogramMinResetDuration: time.Hour,
		}),
		answers: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "realtimekit_exporter_cache_answers_total",
			Help: "Reports that scrapes asked for, by where the answer came from: fresh (cache), refreshed (API), stale (cache, since nothing newer came), none (nothing to show).",
		}, []string{"result"}),
	}
	for _, result := range []cache.Result{cache.Fresh, cache.Refreshed, cache.Stale, cache.None} {
		m.answers.WithLabelValues(string(result))
	}
	reg.MustRegister(m.failures, m.requests, m.duration, m.answers)
	return m
}

// failures are counters that are collected in order. A CounterVec collects in
// that of a map, and sorting those of many apps is a good part of a scrape.
type failures struct {
	*prometheus.CounterVec

	mu     sync.RWMutex
	sorted []prometheus.Metric
}

// Collect implements [prometheus.Collector].
func (f *failures) Collect(ch chan<- prometheus.Metric) {
	f.mu.RLock()
	sorted := f.sorted
	f.mu.RUnlock()
	for _, counter := range sorted {
		ch <- counter
	}
}

// retain keeps the failures of these targets, which are in the order of their
// names, and forgets those of all others.
func (m *metrics) retain(old, targets []target) {
	var (
		wanted  = make(map[string]bool)
		reasons = slices.Sorted(slices.Values(api.Reasons()))
		sorted  []prometheus.Metric
	)
	for _, t := range targets {
		wanted[t.name] = true
		for _, reason := range reasons {
			sorted = append(sorted, m.failures.WithLabelValues(t.name, t.report.Name, string(reason))) // there from the start, at 0
		}
	}
	for _, t := range old {
		if !wanted[t.name] {
			for _, reason := range reasons {
				m.failures.DeleteLabelValues(t.name, t.report.Name, string(reason))
			}
		}
	}
	m.failures.mu.Lock()
	defer m.failures.mu.Unlock()
	m.failures.sorted = sorted
}
