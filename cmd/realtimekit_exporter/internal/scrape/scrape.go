// Package scrape serves scrapes: their deadline, the limit of concurrent ones, the
// encoding of the response, and clients that do not read it.
package scrape

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"

	"github.com/realtimekit-exporter/realtimekit_exporter/collector"
)

// Handler responds with the data that is known when the request's context ends.
func Handler(e *collector.Exporter, own prometheus.Collector, logger log.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		format := expfmt.NegotiateAccept(r.Header, expfmt.FmtOpenMetrics_1_0_0, expfmt.FmtOpenMetrics_0_0_1, expfmt.FmtProtoDelim, expfmt.FmtText)
		body, err := e.Snapshot(r.Context()).Encode(format, own, r.URL.Query()["name[]"])
		if err != nil {
			level.Warn(logger).Log("msg", "scrape incomplete", "err", err)
		}
		w.Header().Add("Vary", "Accept")
		w.Header().Set("Content-Type", string(format))
		send(w, r, http.StatusOK, body, logger)
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
// first byte is sent: a client that does not read it must not keep the page itself in
// memory.
func (b *renderer) serve(w http.ResponseWriter, r *http.Request, h http.Handler) {
	status, body := b.render(w, r, h)
	send(w, r, status, net.Buffers{body}, b.logger)
}

// render returns the body that h writes, and sets its headers. The body is always
// compressed, with little effort if it is not sent as it is.
func (b *renderer) render(w http.ResponseWriter, r *http.Request, h http.Handler) (status int, body []byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	compressor := b.fast
	if acceptsGzip(r.Header) {
		compressor = b.small
	}
	b.buffer.Reset()
	compressor.Reset(&b.buffer)
	response := &bufferedResponse{w, compressor, http.StatusOK}
	h.ServeHTTP(response, r)
	_ = compressor.Close() // writing to a buffer never fails
	return response.status, bytes.Clone(b.buffer.Bytes())
}

// send sends a body, which is the parts of a gzip file, to a client that accepts gzip or
// not.
func send(w http.ResponseWriter, r *http.Request, status int, body net.Buffers, logger log.Logger) {
	var err error
	h := w.Header()
	h.Add("Vary", "Accept-Encoding")
	if acceptsGzip(r.Header) {
		length := 0
		for _, part := range body {
			length += len(part)
		}
		h.Set("Content-Encoding", "gzip")
		h.Set("Content-Length", strconv.Itoa(length))
		w.WriteHeader(status)
		buffered := bufio.NewWriterSize(w, chunkSize) // parts are small
		_, _ = body.WriteTo(buffered)
		err = buffered.Flush()
	} else {
		w.WriteHeader(status)
		err = decompress(w, &body)
	}
	if err != nil {
		level.Debug(logger).Log("msg", "response not read to its end", "client", r.RemoteAddr, "err", err)
	}
}

func decompress(w io.Writer, body io.Reader) error {
	text, err := gzip.NewReader(body)
	if err != nil {
		return err
	}
	_, err = io.Copy(w, text)
	return err
}

// acceptsGzip evaluates Accept-Encoding: whether gzip, or *, has a quality above 0 and
// not below that of identity.
func acceptsGzip(h http.Header) bool {
	quality := map[string]float64{}
	for part := range strings.SplitSeq(strings.Join(h.Values("Accept-Encoding"), ","), ",") {
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
