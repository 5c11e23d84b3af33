package exporter

import (
	"strings"
	"testing"

	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness"
)

// formats are the exposition formats of Prometheus, by their names there.
func formats() map[string]struct{ accept, contentType string } {
	return map[string]struct{ accept, contentType string }{
		"PrometheusText0.0.4": {
			accept:      "text/plain;version=0.0.4",
			contentType: "text/plain; version=0.0.4",
		},
		"OpenMetricsText1.0.0": {
			accept:      "application/openmetrics-text;version=1.0.0",
			contentType: "application/openmetrics-text; version=1.0.0",
		},
		"PrometheusProto": {
			accept:      "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited",
			contentType: "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited",
		},
	}
}

func TestFormats_HaveTheSameSamples(t *testing.T) {
	a := harness.NewAccount(t)
	exporter := a.StartExporter(t)
	var jobs string
	for format, f := range formats() {
		contentType, _, err := harness.Get(t.Context(), exporter.URL+"/metrics", f.accept)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(contentType, f.contentType) {
			t.Errorf("requested %s, got %q", f.accept, contentType)
		}
		jobs += harness.Job(format, []*harness.Process{exporter}, nil,
			"scrape_protocols: ["+format+"]", "scrape_native_histograms: true")
	}
	prom := harness.StartPrometheus(t, jobs)
	prom.AwaitScrapes(t, len(formats()), 2)

	const others = `__name__=~"realtimekit_(app_info|report_.+)"`
	want, err := prom.Query(t.Context(), `{job="PrometheusText0.0.4", `+others+"}")
	if err != nil {
		t.Fatal(err)
	}
	if len(want) == 0 {
		t.Error("nothing to compare with")
	}
	for format := range formats() {
		prom.Expect(t, `{job="`+format+`", `+allExposed+"}", a.Samples())
		prom.Expect(t, `{job="`+format+`", `+others+"}", want)
	}

	const duration = "realtimekit_exporter_api_request_duration_seconds"
	requested := harness.Samples{"{}": float64(len(a.Apps))}
	prom.Expect(t, `sum(`+duration+`_count{job="PrometheusText0.0.4"})`, requested)
	prom.Expect(t, `sum(`+duration+`_bucket{job="PrometheusText0.0.4", le="30.0"})`, requested)
	prom.Expect(t, `sum(`+duration+`_bucket{job="OpenMetricsText1.0.0", le="30.0"})`, requested)
	prom.Expect(t, `histogram_count(sum(`+duration+`{job="PrometheusProto"}))`, requested)
}
