package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/pprof"
	"strconv"

	"github.com/go-kit/log/level"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	versioncollector "github.com/prometheus/client_golang/prometheus/collectors/version"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/prometheus/common/version"
	"github.com/prometheus/exporter-toolkit/web"

	"github.com/realtimekit-exporter/realtimekit_exporter/cmd/realtimekit_exporter/internal/scrape"
	"github.com/realtimekit-exporter/realtimekit_exporter/cmd/realtimekit_exporter/internal/statuspage"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector"
)

// newHandler returns the handler of the main listener. The exporter's own metrics
// are exposed with those it collects. Requests without a slot are refused soon
// after stopping ends.
func newHandler(stopping context.Context, e *collector.Exporter, r *reloader, metrics *prometheus.Registry, health http.Handler, o *options) (http.Handler, error) {
	metrics.MustRegister(versioncollector.NewCollector(program))
	limited := func(h http.Handler) http.Handler {
		return scrape.WithDeadline(o.timeoutOffset, scrape.LimitRequests(stopping, o.maxRequests, h))
	}
	metricsPage := limited(scrape.Handler(e, metrics, r.logger))
	if !o.disableExporter {
		metrics.MustRegister(goCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
		metricsPage = promhttp.InstrumentMetricHandler(metrics, metricsPage)
	}
	landing, err := landingPage(o)
	if err != nil {
		return nil, err
	}
	status, err := statuspage.New(e.Status, func() statuspage.Config { return r.state.Load().forStatusPage() }, r.logger)
	if err != nil {
		return nil, err
	}

	mux := http.NewServeMux()
	mux.Handle("GET /{$}", landing)
	mux.Handle("GET "+o.telemetryPath, metricsPage)
	mux.Handle("GET /status", limited(scrape.Page(status, r.logger)))
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
	return scrape.DropStalled(securityHeaders(mux)), nil
}

// goCollector returns the metrics of the Go runtime. Those named go_memstats_… are
// not valid OpenMetrics: go_memstats_alloc_bytes is a gauge, go_memstats_alloc_bytes_total
// a counter, and a strict parser takes them for one family.
func goCollector() prometheus.Collector {
	return collectors.NewGoCollector(
		collectors.WithGoCollectorMemStatsMetricsDisabled(),
		collectors.WithGoCollectorRuntimeMetrics(collectors.MetricsMemory),
	)
}

// securityHeaders allows the pages nothing but their own text and style.
func securityHeaders(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		h.ServeHTTP(w, r)
	})
}

func reloadHandler(r *reloader, enabled bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if !enabled {
			http.Error(w, "Reload by HTTP is not enabled: start with --web.enable-lifecycle, or send SIGHUP.", http.StatusForbidden)
			return
		}
		if err := r.reload(); err != nil {
			level.Error(r.logger).Log("msg", reloadFailed, "err", err)
			http.Error(w, reloadFailed+": "+err.Error(), http.StatusInternalServerError)
			return
		}
		fmt.Fprintln(w, "The new configuration is loaded.")
	})
}

// healthHandler serves the two paths for probes. Readiness ends with ctx: while
// scrapes in progress are completed, it is a 503.
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

// landingPage returns a page whose links are relative, so that they work behind any
// path prefix.
func landingPage(o *options) (http.Handler, error) {
	const relative = "./"
	links := []web.LandingLinks{
		{Address: o.telemetryPath, Text: "Metrics"},
		{Address: "/status", Text: "Status", Description: "every app, its daily values and its last error"},
		{Address: "/-/healthy", Text: "Health", Description: "200 while the process serves"},
		{Address: "/-/ready", Text: "Readiness", Description: "200 while the process serves and is not stopping"},
	}
	page, err := web.NewLandingPage(web.LandingConfig{
		RoutePrefix: relative,
		Name:        "RealtimeKit Exporter",
		Description: "Prometheus exporter for the analytics of Cloudflare RealtimeKit apps",
		Version:     version.Info(),
		Links:       links,
		Profiling:   strconv.FormatBool(o.enablePprof),
	})
	if err != nil {
		return nil, fmt.Errorf("rendering the landing page: %w", err)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r = r.Clone(r.Context())
		r.URL.Path = relative // the links of the page are relative to this path
		page.ServeHTTP(w, r)
	}), nil
}
