package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/realtimekit-exporter/realtimekit_exporter/cmd/realtimekit_exporter/internal/logging"
	"github.com/realtimekit-exporter/realtimekit_exporter/cmd/realtimekit_exporter/internal/scrape"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector"
)

// newScrapes serves the metrics of the demo account, and logs what a user sees by default.
func newScrapes(t *testing.T) (*httptest.Server, *safeBuffer) {
	t.Helper()
	var out safeBuffer
	logger, metrics := logging.New(&out, "info", "logfmt"), prometheus.NewRegistry()
	exporter := collector.New(t.Context(), logger, metrics, time.Now)
	l, err := loadDemo(time.Now)
	if err != nil {
		t.Fatal(err)
	}
	exporter.Apply(l.plan)
	exporter.Snapshot(t.Context())
	out.take() // which apps were discovered
	server := httptest.NewServer(scrape.DropStalled(scrape.Handler(exporter, metrics, logger)))
	t.Cleanup(server.Close)
	return server, &out
}

// get returns the response to a request with these values of Accept-Encoding.
func getEncoded(t *testing.T, url, accept string) (encoding string, body []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept-Encoding", accept)
	resp, err := (&http.Client{}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err = io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%q: got %d, %v", accept, resp.StatusCode, err)
	}
	return resp.Header.Get("Content-Encoding"), body
}

func TestScrape_EncodingNotAcceptedIsNotLogged(t *testing.T) {
	server, out := newScrapes(t)
	for _, accept := range []string{"gzip;q=0", "identity;q=0", "*;q=0", "br", "gzip;q=0, identity;q=0"} {
		if encoding, body := getEncoded(t, server.URL, accept); encoding != "" || !bytes.Contains(body, []byte("\nrealtimekit_report_up{")) {
			t.Errorf("%q: got %q, %.100q", accept, encoding, body)
		}
	}
	if logged := out.take(); logged != "" {
		t.Errorf("logged %s", logged)
	}
}

func TestScrape_ClientHangsUpIsNotLogged(t *testing.T) {
	server, out := newScrapes(t)
	for range 3 {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(conn, strings.Repeat("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", 20)); err != nil {
			t.Fatal(err)
		}
		if _, err := bufio.NewReader(conn).ReadString('\n'); err != nil {
			t.Fatal(err)
		}
		_ = conn.(*net.TCPConn).SetLinger(0) // reset, not only closed
		conn.Close()
	}
	server.Close() // waits for the handlers
	if logged := out.take(); logged != "" {
		t.Errorf("logged %s", logged)
	}
}

func TestScrape_NameFilter(t *testing.T) {
	server, _ := newScrapes(t)
	_, body := getEncoded(t, server.URL+"/metrics?name[]=realtimekit_app_info&name[]=realtimekit_report_up", "identity")
	if got := strings.Count(string(body), "# TYPE "); got != 2 {
		t.Errorf("%d families in\n%s", got, body)
	}
}

func TestScrape_GzipOfEachFormat(t *testing.T) {
	demo := newDemo(t)
	const path = "/metrics?name[]=realtimekit_app_info&name[]=realtimekit_report_failures_total&name[]=realtimekit_exporter_build_info"
	for accept, want := range map[string]string{
		"text/plain": "text/plain; version=0.0.4; charset=utf-8; escaping=underscores",
		"application/openmetrics-text;escaping=allow-utf-8;version=1.0.0":                                  "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=allow-utf-8",
		"application/openmetrics-text;version=0.0.1":                                                       "application/openmetrics-text; version=0.0.1; charset=utf-8; escaping=underscores",
		"application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited":       "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited; escaping=underscores",
		"application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=text,text/plain": "text/plain; version=0.0.4; charset=utf-8; escaping=underscores",
	} {
		identity := request(t, demo, http.MethodGet, path, "Accept", accept)
		compressed := request(t, demo, http.MethodGet, path, "Accept", accept, "Accept-Encoding", "gzip")
		for _, w := range []*httptest.ResponseRecorder{identity, compressed} {
			if got, vary := w.Header().Get("Content-Type"), w.Header().Values("Vary"); w.Code != http.StatusOK || got != want || !slices.Equal(vary, []string{"Accept", "Accept-Encoding"}) {
				t.Errorf("%q: got %d, %q, Vary %q, want %q", accept, w.Code, got, vary, want)
			}
		}
		if got := compressed.Header().Get("Content-Length"); got != strconv.Itoa(compressed.Body.Len()) {
			t.Errorf("%q: Content-Length %s of %d bytes", accept, got, compressed.Body.Len())
		}
		r, err := gzip.NewReader(compressed.Body)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil || !bytes.Equal(text, identity.Body.Bytes()) || len(text) < 1000 {
			t.Errorf("%q: compressed: got %q, %v, want %q", accept, text, err, identity.Body)
		}
	}
}

// A stalled response is one whose client reads nothing until it is released.
type stalledResponse struct {
	*httptest.ResponseRecorder
	stalled, release chan struct{}
	once             sync.Once
}

func (s *stalledResponse) Write(p []byte) (int, error) {
	s.once.Do(func() { close(s.stalled) })
	<-s.release
	return s.ResponseRecorder.Write(p)
}

func TestScrape_StalledClientsDelayNoOther(t *testing.T) {
	demo := newDemo(t)
	for _, accept := range []string{"gzip", "identity"} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil)
		r.Header.Set("Accept-Encoding", accept)
		w := &stalledResponse{ResponseRecorder: httptest.NewRecorder(), stalled: make(chan struct{}), release: make(chan struct{})}
		var wg sync.WaitGroup
		wg.Go(func() { demo.ServeHTTP(w, r) })
		<-w.stalled
		for _, other := range []string{"gzip", "identity"} {
			if got := request(t, demo, http.MethodGet, "/metrics", "Accept-Encoding", other); got.Code != http.StatusOK || got.Body.Len() == 0 {
				t.Errorf("while a client of %s is stalled: got %d with %d bytes", accept, got.Code, got.Body.Len())
			}
		}
		close(w.release)
		wg.Wait()
	}
}

// What cannot be gathered is logged, and the response has everything else.
func TestScrape_GatherFails(t *testing.T) {
	var out bytes.Buffer
	logger := logging.New(&out, "info", "logfmt")
	exporter := collector.New(t.Context(), logger, prometheus.NewRegistry(), time.Now)
	desc := prometheus.NewDesc("fails", "Fails.", nil, nil)
	failing := collectorFunc(func(ch chan<- prometheus.Metric) { ch <- prometheus.NewInvalidMetric(desc, context.Canceled) })
	w := request(t, scrape.Handler(exporter, failing, logger), http.MethodGet, "/metrics", "Accept-Encoding", "gzip")
	if w.Code != http.StatusOK || w.Header().Get("Content-Encoding") != "gzip" {
		t.Errorf("got %d, %v, want the other metrics", w.Code, w.Header())
	}
	if logged := out.String(); strings.Count(logged, "\n") != 1 || !strings.Contains(logged, `level=warn`) || !strings.Contains(logged, `msg="scrape incomplete"`) {
		t.Errorf("logged %q", logged)
	}
}

type collectorFunc func(chan<- prometheus.Metric)

func (collectorFunc) Describe(chan<- *prometheus.Desc)      {}
func (f collectorFunc) Collect(ch chan<- prometheus.Metric) { f(ch) }
