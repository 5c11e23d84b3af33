package exporter

import (
	"bytes"
	"context"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness"
)

// Prometheus's client library for Python has the strictest parser of OpenMetrics.
// Debian has it as python3-prometheus-client.
const strictParser = `
import sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families

for family in text_string_to_metric_families(sys.stdin.read()):
    print(family.name, family.type, len(family.samples))
`

// parseStrictly returns the families of an exposition, one per line, as the
// parser understands them.
func parseStrictly(ctx context.Context, t *testing.T, exposition []byte) string {
	t.Helper()
	var stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, "/usr/bin/python3", "-c", strictParser)
	cmd.Stdin, cmd.Stderr = bytes.NewReader(exposition), &stderr
	families, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, &stderr)
	}
	return string(families)
}

func TestOpenMetrics_StrictParser(t *testing.T) {
	a := harness.NewAccount(t)
	a.API.Override(harness.Busy, apitest.Hang())
	a.API.Override(harness.Empty, apitest.Status(500, nil, ""))
	exporter := a.StartExporter(t)
	for range 2 { // the second has the metrics about the first
		if _, err := exporter.Scrape(t.Context(), time.Second); err != nil {
			t.Fatal(err)
		}
	}
	contentType, body, err := harness.Get(t.Context(), exporter.URL+"/metrics", "application/openmetrics-text;version=1.0.0")
	if err != nil || !strings.HasPrefix(contentType, "application/openmetrics-text; version=1.0.0") {
		t.Fatalf("got %q, %v", contentType, err)
	}
	families := parseStrictly(t.Context(), t, body)
	for _, want := range []string{
		"realtimekit_livestream_daily_sessions gauge ",
		"realtimekit_report_failures counter ",
		"realtimekit_exporter_api_request_duration_seconds histogram ",
		"realtimekit_exporter_log_messages_dropped counter 1",
		"promhttp_metric_handler_requests counter ",
		"process_resident_memory_bytes gauge 1",
		"go_goroutines gauge 1",
		"go_gc_duration_seconds summary ",
		"go_memory_classes_heap_objects_bytes gauge 1", // on a dashboard
	} {
		if !strings.Contains("\n"+families, "\n"+want) {
			t.Errorf("no family %q in\n%s", want, families)
		}
	}
}
