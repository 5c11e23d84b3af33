package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
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

// What promhttp cannot gather is an error of the exporter, which is logged and is the response.
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
