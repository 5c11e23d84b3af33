package exporter

import (
	"bytes"
	"context"
	"os/exec"
	"testing"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness"
)

// pipe runs a program and returns its output.
func pipe(ctx context.Context, t *testing.T, input []byte, name string, args ...string) []byte {
	t.Helper()
	var stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stdin, cmd.Stderr = bytes.NewReader(input), &stderr
	output, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, &stderr)
	}
	return output
}

// A compressed response is joined from blocks. Programs that check the whole of it,
// with its length and CRC-32, read the same text as without compression.
func TestGzip_RealReaders(t *testing.T) {
	a := harness.NewAccount(t)
	a.API.Override(harness.Empty, apitest.Status(500, nil, ""))
	exporter := a.StartExporter(t)
	if _, err := exporter.Scrape(t.Context(), time.Second); err != nil {
		t.Fatal(err)
	}
	url := exporter.URL + "/metrics?name[]=realtimekit_livestream_daily_viewer_seconds&name[]=realtimekit_report_failures_total&name[]=realtimekit_exporter_api_requests_total"
	for format, f := range formats() {
		curl := []string{"--silent", "--fail", "--globoff", "--header", "Accept: " + f.accept, url}
		want := pipe(t.Context(), t, nil, "curl", curl...)
		if len(want) < 1000 {
			t.Errorf("%s: only %d bytes", format, len(want))
		}
		compressed := pipe(t.Context(), t, nil, "curl", append([]string{"--header", "Accept-Encoding: gzip"}, curl...)...)
		if len(compressed) > len(want)/2 {
			t.Errorf("%s: %d bytes, compressed to %d", format, len(want), len(compressed))
		}
		for reader, got := range map[string][]byte{
			"curl --compressed": pipe(t.Context(), t, nil, "curl", append([]string{"--compressed"}, curl...)...),
			"gzip":              pipe(t.Context(), t, compressed, "gzip", "--decompress", "--stdout"),
			"Python's zlib":     pipe(t.Context(), t, compressed, "/usr/bin/python3", "-c", "import sys, zlib; sys.stdout.buffer.write(zlib.decompress(sys.stdin.buffer.read(), wbits=31))"),
		} {
			if !bytes.Equal(got, want) {
				t.Errorf("%s: %s reads %d bytes, want the %d without compression", format, reader, len(got), len(want))
			}
		}
	}
}
