// Package scrape serves scrapes: their deadline, the limit of concurrent ones, the
// encoding of the response, and clients that do not read it.
package scrape

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/realtimekit-exporter/realtimekit_exporter/collector"
)

// Handler responds with what is known when the request's context ends.
func Handler(e *collector.Exporter, own prometheus.Collector, logger log.Logger) http.Handler {
	rendering := newRenderer(logger)
	opts := promhttp.HandlerOpts{
		ErrorHandling:      promhttp.ContinueOnError,
		ErrorLog:           scrapeLog{logger},
		EnableOpenMetrics:  true,
		DisableCompression: true,
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// A registry is itself a collector. One that holds all checks each metric once;
		// prometheus.Gatherers would check them again.
		reg := prometheus.NewRegistry()
		reg.MustRegister(multiCollector{e.Snapshot(r.Context()), own})
		rendering.serve(w, r, promhttp.HandlerFor(reg, opts))
	})
}

// Page serves a large page in the same way as the metrics.
func Page(page http.Handler, logger log.Logger) http.Handler {
	rendering := newRenderer(logger)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { rendering.serve(w, r, page) })
}

// A renderer renders one response at a time, since that takes memory.
type renderer struct {
	logger log.Logger

	mu          sync.Mutex
	buffer      bytes.Buffer
	small, fast *gzip.Writer
}

func newRenderer(logger log.Logger) *renderer {
	fast, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed) // a valid level
	return &renderer{logger: logger, small: gzip.NewWriter(nil), fast: fast}
}

// serve sends what h renders. The response is complete, and compressed, before its
// first byte is sent: a client that does not read it must not keep the metrics
// themselves in memory.
func (b *renderer) serve(w http.ResponseWriter, r *http.Request, h http.Handler) {
	compressed := acceptsGzip(r.Header.Values("Accept-Encoding"))
	status, body := b.render(w, r, h, compressed)
	if err := send(w, status, body, compressed); err != nil {
		level.Debug(b.logger).Log("msg", "response not read to its end", "client", r.RemoteAddr, "err", err)
	}
}

// render returns the body that h writes, and sets its headers. The body is always
// compressed, with little effort if it is not sent as it is.
func (b *renderer) render(w http.ResponseWriter, r *http.Request, h http.Handler, compressed bool) (status int, body []byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	compressor := b.fast
	if compressed {
		compressor = b.small
	}
	b.buffer.Reset()
	compressor.Reset(&b.buffer)
	response := &bufferedResponse{w, compressor, http.StatusOK}
	h.ServeHTTP(response, r)
	_ = compressor.Close() // writing to a buffer never fails
	return response.status, bytes.Clone(b.buffer.Bytes())
}

// send sends a body that is compressed to a client that accepts that or not.
func send(w http.ResponseWriter, status int, body []byte, compressed bool) error {
	h := w.Header()
	h.Add("Vary", "Accept-Encoding")
	if compressed {
		h.Set("Content-Encoding", "gzip")
		h.Set("Content-Length", strconv.Itoa(len(body)))
		w.WriteHeader(status)
		_, err := w.Write(body)
		return err
	}
	w.WriteHeader(status)
	text, err := gzip.NewReader(bytes.NewReader(body))
	if err == nil {
		_, err = io.Copy(w, text)
	}
	return err
}

// acceptsGzip evaluates the values of Accept-Encoding: whether gzip, or *, has a
// quality above 0 and not below that of identity.
func acceptsGzip(accept []string) bool {
	quality := map[string]float64{}
	for part := range strings.SplitSeq(strings.Join(accept, ","), ",") {
		coding, q, weighted := strings.Cut(strings.ToLower(strings.ReplaceAll(part, " ", "")), ";q=")
		value, err := strconv.ParseFloat(q, 64)
		if !weighted || err != nil {
			value = 1
		}
		quality[coding] = value
	}
	compressed, named := quality["gzip"]
	if !named {
		compressed = quality["*"]
	}
	return compressed > 0 && compressed >= quality["identity"]
}

// A bufferedResponse keeps body and status.
type bufferedResponse struct {
	http.ResponseWriter
	body   io.Writer
	status int
}

// Write implements [http.ResponseWriter].
func (b *bufferedResponse) Write(p []byte) (int, error) { return b.body.Write(p) }

// WriteHeader implements [http.ResponseWriter].
func (b *bufferedResponse) WriteHeader(status int) { b.status = status }

// A multiCollector is several collectors in one, which costs a scrape fewer goroutines.
type multiCollector []prometheus.Collector

// Describe implements [prometheus.Collector].
func (m multiCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, c := range m {
		c.Describe(ch)
	}
}

// Collect implements [prometheus.Collector].
func (m multiCollector) Collect(ch chan<- prometheus.Metric) {
	for _, c := range m {
		c.Collect(ch)
	}
}

// A scrapeLog logs what promhttp reports of a scrape: metrics that cannot be gathered.
type scrapeLog struct{ logger log.Logger }

// Println implements [promhttp.Logger].
func (l scrapeLog) Println(v ...any) {
	level.Warn(l.logger).Log("msg", "scrape incomplete", "err", strings.TrimSpace(fmt.Sprintln(v...)))
}
