package main

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"net/http/pprof"
	"strconv"
	"strings"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	versioncollector "github.com/prometheus/client_golang/prometheus/collectors/version"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	_ "github.com/prometheus/client_golang/prometheus/promhttp/zstd" // zstd is opt-in in promhttp
	"github.com/prometheus/common/version"
	"github.com/prometheus/exporter-toolkit/web"

	"github.com/realtimekit-exporter/realtimekit_exporter/collector"
)

// newHandler returns all that is served on the main listener. The exporter's own
// metrics are shown beside what it collects.
func newHandler(e *collector.Exporter, r *reloader, metrics *prometheus.Registry, health http.Handler, o *options) (http.Handler, error) {
	metrics.MustRegister(versioncollector.NewCollector(program))
	scrape := scrapeHandler(e, metrics, o.timeoutOffset, r.logger)
	if !o.disableExporter {
		metrics.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
		scrape = promhttp.InstrumentMetricHandler(metrics, scrape)
	}
	landing, err := landingPage(o)
	if err != nil {
		return nil, err
	}
	status, err := statusPage(e, r)
	if err != nil {
		return nil, err
	}

	mux := http.NewServeMux()
	mux.Handle("GET /{$}", landing)
	mux.Handle("GET "+o.telemetryPath, scrape)
	mux.Handle("GET /status", status)
	mux.Handle("GET /-/healthy", health)
	mux.Handle("GET /-/ready", health)
	reload := reloadHandler(r, o.enableLifecycle)
	mux.Handle("POST /-/reload", reload)
	mux.Handle("PUT /-/reload", reload)
	if o.enablePprof {
		mux.HandleFunc("/debug/pprof/", pprof.Index)
		mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
		mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
		mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
		mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	}
	return guarded(mux), nil
}

// guarded tells browsers that no page needs anything but its own text and style.
func guarded(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		h.ServeHTTP(w, r)
	})
}

// scrapeHandler answers a scrape with what is known when its time is up.
func scrapeHandler(e *collector.Exporter, own prometheus.Collector, offset time.Duration, logger log.Logger) http.Handler {
	opts := promhttp.HandlerOpts{
		ErrorHandling:     promhttp.ContinueOnError,
		EnableOpenMetrics: true,
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), scrapeTimeout(r.Header.Get("X-Prometheus-Scrape-Timeout-Seconds"), offset))
		defer cancel()
		// A registry is itself a collector. One that holds both checks each
		// metric once; prometheus.Gatherers would check all of them again.
		reg := prometheus.NewRegistry()
		reg.MustRegister(together{e.Snapshot(ctx), own})
		opts := opts
		opts.ErrorLog = &scrapeLog{logger: logger, client: r.RemoteAddr}
		promhttp.HandlerFor(reg, opts).ServeHTTP(w, r)
	})
}

// together are several collectors in one, which costs a scrape fewer goroutines.
type together []prometheus.Collector

// Describe implements [prometheus.Collector].
func (t together) Describe(ch chan<- *prometheus.Desc) {
	for _, c := range t {
		c.Describe(ch)
	}
}

// Collect implements [prometheus.Collector].
func (t together) Collect(ch chan<- prometheus.Metric) {
	for _, c := range t {
		c.Collect(ch)
	}
}

// scrapeTimeout is how long a scrape may wait, by the header in which Prometheus
// says when it gives up. Half of that is left to a scrape in any case.
func scrapeTimeout(header string, offset time.Duration) time.Duration {
	seconds, err := strconv.ParseFloat(header, 64)
	if err != nil || !(seconds > 0) || math.IsInf(seconds, 0) {
		seconds = 5
	}
	timeout := time.Duration(min(seconds, 300) * float64(time.Second))
	return max(timeout-min(offset, timeout/2), time.Nanosecond)
}

// A scrapeLog takes what promhttp reports of one scrape: when a client hangs up,
// the same for every metric that is left, of which the first is enough.
type scrapeLog struct {
	logger log.Logger
	client string
	said   bool
}

func (l *scrapeLog) Println(v ...any) {
	if !l.said {
		l.said = true
		level.Warn(l.logger).Log("msg", "scrape not answered to its end", "client", l.client, "err", strings.TrimSpace(fmt.Sprintln(v...)))
	}
}

func reloadHandler(r *reloader, enabled bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if !enabled {
			http.Error(w, "Reloading by HTTP is off: start with --web.enable-lifecycle, or send SIGHUP.", http.StatusForbidden)
			return
		}
		if err := r.reload(); err != nil {
			level.Error(r.logger).Log("msg", reloadFailed, "err", err)
			http.Error(w, reloadFailed+": "+err.Error(), http.StatusInternalServerError)
			return
		}
		fmt.Fprintln(w, "The new configuration is in force.")
	})
}

// healthHandler serves the two paths for probes. Readiness ends with ctx: while
// scrapes under way are finished, it is a 503.
func healthHandler(ctx context.Context) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /-/healthy", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintln(w, program+" is healthy.")
	})
	mux.HandleFunc("GET /-/ready", func(w http.ResponseWriter, _ *http.Request) {
		if ctx.Err() != nil {
			http.Error(w, program+" is stopping.", http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, program+" is ready.")
	})
	return mux
}

func landingPage(o *options) (http.Handler, error) {
	links := []web.LandingLinks{
		{Address: o.telemetryPath, Text: "Metrics"},
		{Address: "/status", Text: "Status", Description: "for people: every app, its days, and why it has none"},
		{Address: "/-/healthy", Text: "Health", Description: "200 while the process serves"},
		{Address: "/-/ready", Text: "Readiness", Description: "200 while it serves, and is not about to stop"},
	}
	page, err := web.NewLandingPage(web.LandingConfig{
		Name:        "RealtimeKit Exporter",
		Description: "Prometheus exporter for the day-wise livestream analytics of Cloudflare RealtimeKit apps",
		Version:     version.Info(),
		Links:       links,
		Profiling:   strconv.FormatBool(o.enablePprof),
	})
	if err != nil {
		return nil, fmt.Errorf("making the landing page: %w", err)
	}
	return page, nil
}
