package collector

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/realtimekit-exporter/realtimekit_exporter/collector/internal/cache"
)

// metrics are the exporter's own, kept across scrapes.
type metrics struct {
	requests *prometheus.CounterVec
	duration prometheus.Histogram
	results  *prometheus.CounterVec
}

func newMetrics(reg prometheus.Registerer) *metrics {
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "realtimekit_exporter_api_requests_total",
			Help: "Number of requests sent to the API, by HTTP status; error means that there was no response.",
		}, []string{"code"}),
		duration: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    "realtimekit_exporter_api_request_duration_seconds",
			Help:    "Duration of requests to the API, until the response is complete.",
			Buckets: []float64{0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30},

			NativeHistogramBucketFactor:     1.1,
			NativeHistogramMaxBucketNumber:  100,
			NativeHistogramMinResetDuration: time.Hour,
		}),
		results: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "realtimekit_exporter_cache_answers_total",
			Help: "Number of reports in scrapes, by the source of their data: fresh (cache), refreshed (API), stale (cache, because there was no new response), none (no data).",
		}, []string{"result"}),
	}
	for _, result := range []cache.Result{cache.Fresh, cache.Refreshed, cache.Stale, cache.None} {
		m.results.WithLabelValues(string(result))
	}
	reg.MustRegister(m.requests, m.duration, m.results)
	return m
}
