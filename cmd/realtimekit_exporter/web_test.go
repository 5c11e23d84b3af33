package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"

	dto "github.com/prometheus/client_model/go"

	"github.com/realtimekit-exporter/realtimekit_exporter/collector"
)

// newDemo returns the handler of the program for the demo account at a fixed time.
func newDemo(t *testing.T, flags ...string) http.Handler {
	t.Helper()
	o, err := parseFlags(append([]string{"--demo"}, flags...), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	metrics := prometheus.NewRegistry()
	now := func() time.Time { return time.Date(2026, time.March, 18, 12, 0, 0, 0, time.UTC) }
	exporter := collector.New(t.Context(), log.NewNopLogger(), metrics, now)
	load := func() (*loaded, error) { return loadDemo(now) }
	r := newReloader(load, exporter, log.NewNopLogger(), metrics, now)
	if err := r.reload(); err != nil {
		t.Fatal(err)
	}
	h, err := newHandler(t.Context(), exporter, r, metrics, healthHandler(t.Context()), o)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func request(t *testing.T, h http.Handler, method, path string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestMetrics_Formats(t *testing.T) {
	demo := newDemo(t)
	var families int
	for name, c := range map[string]struct{ accept, contentType, end string }{
		"no header":   {"", "text/plain; version=0.0.4; charset=utf-8; escaping=", "\n"},
		"anything":    {"*/*", "text/plain; version=0.0.4; charset=utf-8; escaping=", "\n"},
		"text":        {"text/plain;version=0.0.4", "text/plain; version=0.0.4; charset=utf-8; escaping=", "\n"},
		"OpenMetrics": {"application/openmetrics-text;version=1.0.0", "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=", "\n# EOF\n"},
		"protobuf": {
			"application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited",
			"application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited; escaping=", "",
		},
		"the header of Prometheus": {
			"application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
			"application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=allow-utf-8", "\n# EOF\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := request(t, demo, http.MethodGet, "/metrics", "Accept", c.accept)
			if got := w.Header().Get("Content-Type"); w.Code != http.StatusOK || !strings.HasPrefix(got, c.contentType) {
				t.Errorf("got %d, %q, want %q", w.Code, got, c.contentType)
			}
			body := w.Body.String()
			if !strings.HasSuffix(body, c.end) {
				t.Errorf("it ends with %q, want %q", body[max(0, len(body)-20):], c.end)
			}
			n := countFamilies(t, w)
			if families == 0 {
				families = n
			}
			if n != families || n < 20 {
				t.Errorf("%d families, other formats have %d", n, families)
			}
		})
	}
}

// countFamilies counts the families named realtimekit_… of a response, in any format.
func countFamilies(t *testing.T, w *httptest.ResponseRecorder) (n int) {
	t.Helper()
	if strings.HasPrefix(w.Header().Get("Content-Type"), "application/vnd.google.protobuf") {
		for dec := expfmt.NewDecoder(w.Body, expfmt.ResponseFormat(w.Header())); ; {
			var f dto.MetricFamily
			switch err := dec.Decode(&f); {
			case errors.Is(err, io.EOF):
				return n
			case err != nil:
				t.Fatal(err)
			}
			if strings.HasPrefix(f.GetName(), "realtimekit_") {
				n++
			}
			if f.GetName() == "realtimekit_exporter_api_request_duration_seconds" && f.GetMetric()[0].GetHistogram().Schema == nil {
				t.Error("the histogram of durations is not a native one")
			}
		}
	}
	return strings.Count(w.Body.String(), "\n# TYPE realtimekit_")
}

func TestMetrics_Compressed(t *testing.T) {
	demo := newDemo(t, "--web.disable-exporter-metrics")
	plain := request(t, demo, http.MethodGet, "/metrics")
	if got := plain.Header().Get("Content-Encoding"); got != "" {
		t.Errorf("unasked, the encoding is %q", got)
	}
	want := days(plain.Body.String())
	if !strings.Contains(want, "demo-main-stage") {
		t.Fatalf("no days in %s", plain.Body)
	}
	w := request(t, demo, http.MethodGet, "/metrics", "Accept-Encoding", "gzip")
	if got := w.Header().Get("Content-Encoding"); w.Code != http.StatusOK || got != "gzip" {
		t.Fatalf("got %d, %q", w.Code, got)
	}
	if got := w.Header().Values("Vary"); !slices.Equal(got, []string{"Accept", "Accept-Encoding"}) {
		t.Errorf("Vary is %q", got)
	}
	packed := w.Body.Len()
	r, err := gzip.NewReader(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	if days(string(got)) != want {
		t.Errorf("other days than without compression:\n%s\nwant\n%s", days(string(got)), want)
	}
	if packed > len(got)/4 {
		t.Errorf("%d bytes out of %d", packed, len(got))
	}
}

// days returns the lines of an exposition about livestreams.
func days(exposition string) string {
	var found strings.Builder
	for line := range strings.Lines(exposition) {
		if strings.HasPrefix(line, "realtimekit_livestream_") {
			found.WriteString(line)
		}
	}
	return found.String()
}

func TestReady_EndsWhenTheProcessStops(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	h := healthHandler(ctx)
	for _, path := range []string{"/-/healthy", "/-/ready"} {
		if w := request(t, h, http.MethodGet, path); w.Code != http.StatusOK {
			t.Errorf("%s: %d while it serves", path, w.Code)
		}
	}
	stop()
	if w := request(t, h, http.MethodGet, "/-/ready"); w.Code != http.StatusServiceUnavailable {
		t.Errorf("/-/ready: %d while it stops", w.Code)
	}
	if w := request(t, h, http.MethodGet, "/-/healthy"); w.Code != http.StatusOK {
		t.Errorf("/-/healthy: %d while it stops", w.Code)
	}
}

// Every HTML page forbids scripts and content sniffing.
func TestSecurityHeaders_HTMLPages(t *testing.T) {
	demo := newDemo(t, "--web.enable-pprof")
	for _, path := range []string{"/", "/status", "/debug/pprof/"} {
		w := request(t, demo, http.MethodGet, path)
		if got := w.Header().Get("Content-Type"); w.Code != http.StatusOK || !strings.HasPrefix(got, "text/html") {
			t.Errorf("%s: %d, %q", path, w.Code, got)
		}
		if got := w.Header().Get("X-Content-Type-Options"); got != "nosniff" {
			t.Errorf("%s: X-Content-Type-Options is %q", path, got)
		}
		if got := w.Header().Get("Content-Security-Policy"); !strings.HasPrefix(got, "default-src 'none'") {
			t.Errorf("%s: Content-Security-Policy is %q", path, got)
		}
		if bytes.Contains(bytes.ToLower(w.Body.Bytes()), []byte("<script")) {
			t.Errorf("%s has a script", path)
		}
	}
}
