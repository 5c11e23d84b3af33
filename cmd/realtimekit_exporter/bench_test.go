//go:build unix

package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"math"
	"net/http"
	"net/http/httptest"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	dto "github.com/prometheus/client_model/go"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
	"github.com/realtimekit-exporter/realtimekit_exporter/cmd/realtimekit_exporter/internal/config"
	"github.com/realtimekit-exporter/realtimekit_exporter/cmd/realtimekit_exporter/internal/scrape"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector"
)

// These benchmarks measure the numbers in docs/development/performance.md, each as a ratio
// to a plain registry of client_golang with the same series as constants.

const (
	benchAccount = "023e105f4ecef8ad9ca31a8372d0c353"
	benchToken   = "bench-token"
	benchDays    = 30

	// The Accept-Encoding of Prometheus.
	prometheusAccept = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6," +
		"application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4," +
		"text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
)

// BenchmarkWarmScrape scrapes the exporter, alternately with a plain registry that has
// the same series, and with a handler that writes a response made before. Small scrapes
// are repeated, so that all sizes take about the same time.
func BenchmarkWarmScrape(b *testing.B) {
	for _, apps := range []int{10, 100, 1000} {
		for _, encoding := range []string{"identity", "gzip", "gzip, exporter metrics"} {
			b.Run(fmt.Sprintf("apps=%d/%s", apps, encoding), func(b *testing.B) {
				encoding, metrics, _ := strings.Cut(encoding, ", ")
				scraped, plain := bothHandlers(b, apps, metrics != "")
				if metrics == "" {
					sameSeries(b, exposition(b, scraped), exposition(b, plain))
				}
				ours, theirs, prepared := newCosts(b, scrape.DropStalled(scraped)), newCosts(b, plain), newCosts(b, newPrepared(scraped, encoding))
				for b.Loop() {
					for range max(10, 2000/apps) {
						ours.scrape(b, encoding)
						theirs.scrape(b, encoding)
						prepared.scrape(b, encoding)
					}
				}
				b.ReportMetric(0, "ns/op")
				b.ReportMetric(1e3*median(ours.wall), "ms/scrape")
				b.ReportMetric(median(ours.wall)/median(theirs.wall), "x-plain-time")
				b.ReportMetric(sum(ours.cpu)/sum(theirs.cpu), "x-plain-cpu")
				b.ReportMetric(sum(ours.cpu)/sum(prepared.cpu), "x-prepared-cpu")
				b.ReportMetric(allocated(scraped, encoding)/allocated(plain, encoding), "x-plain-alloc")
				b.ReportMetric(size(scraped, encoding)/size(plain, encoding), "x-plain-size")
			})
		}
	}
}

// newPrepared returns a handler that always writes the same response.
func newPrepared(h http.Handler, encoding string) http.Handler {
	w := httptest.NewRecorder()
	scrapeOnce(h, w, encoding)
	return http.HandlerFunc(func(out http.ResponseWriter, _ *http.Request) {
		maps.Copy(out.Header(), w.Header())
		out.Header().Set("Content-Length", strconv.Itoa(w.Body.Len()))
		_, _ = out.Write(w.Body.Bytes())
	})
}

// costs are those of each scrape, with those of the client: seconds, and seconds of a
// processor, which other processes on the machine affect less.
type costs struct {
	client    *http.Client
	url       string
	wall, cpu []float64
}

// newCosts serves a handler on loopback.
func newCosts(b *testing.B, h http.Handler) *costs {
	b.Helper()
	server := httptest.NewServer(h)
	b.Cleanup(server.Close)
	return &costs{client: server.Client(), url: server.URL}
}

func (c *costs) scrape(b *testing.B, encoding string) {
	b.Helper()
	r, err := http.NewRequestWithContext(b.Context(), http.MethodGet, c.url, http.NoBody)
	if err != nil {
		b.Fatal(err)
	}
	r.Header.Set("Accept", prometheusAccept)
	r.Header.Set("Accept-Encoding", encoding)
	cpu, start := processorTime(), time.Now()
	resp, err := c.client.Do(r)
	if err != nil {
		b.Fatal(err)
	}
	_, err = io.Copy(io.Discard, resp.Body)
	resp.Body.Close()
	c.wall = append(c.wall, time.Since(start).Seconds())
	c.cpu = append(c.cpu, processorTime()-cpu)
	if err != nil || resp.StatusCode != http.StatusOK {
		b.Fatalf("a scrape has status %d, %v", resp.StatusCode, err)
	}
}

// processorTime returns the processor time of this process, in seconds.
func processorTime() float64 {
	var usage syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &usage) // cannot fail for the process itself
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano()).Seconds()
}

// allocated returns the number of bytes that a scrape allocates: the least of
// several, because pools are filled and emptied.
func allocated(h http.Handler, encoding string) float64 {
	least := math.Inf(1)
	for range 5 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		scrapeOnce(h, &nowhere{header: http.Header{}}, encoding)
		runtime.ReadMemStats(&after)
		least = min(least, float64(after.TotalAlloc-before.TotalAlloc))
	}
	return least
}

func size(h http.Handler, encoding string) float64 {
	w := &nowhere{header: http.Header{}}
	scrapeOnce(h, w, encoding)
	return float64(w.length)
}

func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}

func sum(values []float64) (total float64) {
	for _, v := range values {
		total += v
	}
	return total
}

// bothHandlers returns the exporter's handler for this number of apps, with or without
// metrics of the process, and that of a registry with the same series. Their clock does not advance.
func bothHandlers(b *testing.B, apps int, process bool) (scraped, plain http.Handler) {
	b.Helper()
	e, own, _ := benchExporter(b, apps)
	if process {
		own.MustRegister(goCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	}
	all := prometheus.NewRegistry()
	all.MustRegister(e.Snapshot(b.Context()), own)
	families, err := all.Gather()
	if err != nil {
		b.Fatal(err)
	}
	reg := prometheus.NewRegistry()
	reg.MustRegister(newConstants(families))
	return scrape.Handler(e, own, log.NewNopLogger()),
		promhttp.HandlerFor(reg, promhttp.HandlerOpts{EnableOpenMetrics: true})
}

// benchExporter returns an exporter of this number of apps, the registry of its own
// metrics, and its configuration.
func benchExporter(b *testing.B, apps int) (*collector.Exporter, *prometheus.Registry, *config.Config) {
	b.Helper()
	upstream, c := benchAPI(apps), config.Default()
	noon := time.Now().UTC().Truncate(24 * time.Hour).Add(12 * time.Hour)
	c.WindowDays, c.Cache.TTL = benchDays, 24*time.Hour
	c.API.RateLimit.Requests = 5 * apps
	c.Accounts = []config.Account{{ID: benchAccount, Token: config.NewToken(benchToken, "the benchmark")}}
	for _, id := range benchApps(apps) {
		c.Accounts[0].Apps = append(c.Accounts[0].Apps, config.App{ID: id, Name: "name of " + id})
	}
	own := prometheus.NewRegistry()
	e := collector.New(b.Context(), log.NewNopLogger(), own, func() time.Time { return noon })
	e.Apply(newPlan(&c, upstream.Client().Transport))
	return e, own, &c
}

func benchAPI(apps int) *apitest.API {
	a := apitest.New(time.Now)
	a.AddToken(benchToken, benchAccount)
	for _, id := range benchApps(apps) {
		a.AddApp(benchAccount, id)
	}
	return a
}

func benchApps(n int) (ids []string) {
	for i := range n {
		ids = append(ids, fmt.Sprintf("5f0a7c1e-3b54-4d3e-9d3f-%012d", i))
	}
	return ids
}

// constants are metrics that were made once.
type constants struct {
	descs   []*prometheus.Desc
	metrics []prometheus.Metric
}

// newConstants makes the same series as those gathered.
func newConstants(families []*dto.MetricFamily) *constants {
	c := &constants{}
	for _, family := range families {
		var names []string
		for _, label := range family.GetMetric()[0].GetLabel() {
			names = append(names, label.GetName())
		}
		desc := prometheus.NewDesc(family.GetName(), family.GetHelp(), names, nil)
		c.descs = append(c.descs, desc)
		for _, m := range family.GetMetric() {
			var values []string
			for _, label := range m.GetLabel() {
				values = append(values, label.GetValue())
			}
			switch family.GetType() {
			case dto.MetricType_COUNTER:
				c.metrics = append(c.metrics, prometheus.MustNewConstMetric(desc, prometheus.CounterValue, m.GetCounter().GetValue(), values...))
			case dto.MetricType_HISTOGRAM:
				buckets := make(map[float64]uint64)
				for _, bucket := range m.GetHistogram().GetBucket() {
					buckets[bucket.GetUpperBound()] = bucket.GetCumulativeCount()
				}
				c.metrics = append(c.metrics, prometheus.MustNewConstHistogram(desc, m.GetHistogram().GetSampleCount(), m.GetHistogram().GetSampleSum(), buckets, values...))
			default:
				c.metrics = append(c.metrics, prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, m.GetGauge().GetValue(), values...))
			}
		}
	}
	return c
}

// Describe implements [prometheus.Collector].
func (c *constants) Describe(ch chan<- *prometheus.Desc) {
	for _, desc := range c.descs {
		ch <- desc
	}
}

// Collect implements [prometheus.Collector].
func (c *constants) Collect(ch chan<- prometheus.Metric) {
	for _, metric := range c.metrics {
		ch <- metric
	}
}

func scrapeOnce(h http.Handler, w http.ResponseWriter, encoding string) {
	r := httptest.NewRequestWithContext(context.Background(), http.MethodGet, "/metrics", http.NoBody)
	r.Header.Set("Accept", prometheusAccept)
	r.Header.Set("Accept-Encoding", encoding)
	h.ServeHTTP(w, r)
}

func exposition(b *testing.B, h http.Handler) string {
	b.Helper()
	w := httptest.NewRecorder()
	scrapeOnce(h, w, "identity")
	if w.Code != http.StatusOK {
		b.Fatalf("a scrape has status %d: %s", w.Code, w.Body)
	}
	return w.Body.String()
}

// sameSeries checks that two expositions have the same lines, except for the
// values that count scrapes or depend on the budget.
func sameSeries(b *testing.B, ours, theirs string) {
	b.Helper()
	moving := regexp.MustCompile(`(?m)^(realtimekit_exporter_(?:cache_answers_total|api_budget_remaining_requests)\S*) .*$`)
	a := slices.Sorted(strings.SplitSeq(moving.ReplaceAllString(ours, "$1"), "\n"))
	c := slices.Sorted(strings.SplitSeq(moving.ReplaceAllString(theirs, "$1"), "\n"))
	for i := range min(len(a), len(c)) {
		if a[i] != c[i] {
			b.Fatalf("line %d differs:\n%s\n%s", i, a[i], c[i])
		}
	}
	if len(a) != len(c) {
		b.Fatalf("%d lines against %d", len(a), len(c))
	}
}

// nowhere is a response that keeps only its length.
type nowhere struct {
	header http.Header
	length int
}

func (n *nowhere) Header() http.Header         { return n.header }
func (n *nowhere) WriteHeader(int)             {}
func (n *nowhere) Write(p []byte) (int, error) { n.length += len(p); return len(p), nil }
