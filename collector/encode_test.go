package collector_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"

	"github.com/realtimekit-exporter/realtimekit_exporter/collector"
)

// checkEncoded compares what a snapshot encodes with what expfmt makes of families that
// a registry gathered of the same snapshot, in each format.
func checkEncoded(t testing.TB, s *collector.Snapshot, own prometheus.Collector, gathered []*dto.MetricFamily) {
	t.Helper()
	for _, format := range []expfmt.Format{expfmt.FmtText, expfmt.FmtOpenMetrics_1_0_0, expfmt.FmtProtoDelim} {
		var plain bytes.Buffer
		encoder := expfmt.NewEncoder(&plain, format)
		for _, mf := range gathered {
			if err := encoder.Encode(mf); err != nil {
				t.Fatal(err)
			}
		}
		if err := encoder.(expfmt.Closer).Close(); err != nil {
			t.Fatal(err)
		}
		got, want := families(t, format, encoded(t, s, format, own)), families(t, format, plain.Bytes())
		for name := range maps.Keys(got) {
			if _, ok := want[name]; !ok {
				t.Errorf("%s: unexpected family %q", format, name)
			}
		}
		for name, metrics := range want {
			if !slices.Equal(got[name], metrics) {
				t.Errorf("%s: family %s: got\n%q\nwant\n%q", format, name, got[name], metrics)
			}
		}
	}
}

func encoded(t testing.TB, s *collector.Snapshot, format expfmt.Format, own prometheus.Collector) []byte {
	t.Helper()
	parts, err := s.Encode(format, own, nil)
	if err != nil {
		t.Error(err)
	}
	r, err := gzip.NewReader(&parts)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// families splits an exposition into families: the comments and, sorted, the samples.
func families(t testing.TB, format expfmt.Format, text []byte) map[string][]string {
	t.Helper()
	all := make(map[string][]string)
	add := func(name, comments string, metrics []string) {
		if _, ok := all[name]; ok {
			t.Errorf("%s: two families %s", format, name)
		}
		slices.Sort(metrics)
		all[name] = append([]string{comments}, metrics...)
	}
	if format.FormatType() == expfmt.TypeProtoDelim {
		for decoder := expfmt.NewDecoder(bytes.NewReader(text), format); ; {
			var mf dto.MetricFamily
			if err := decoder.Decode(&mf); errors.Is(err, io.EOF) {
				return all
			} else if err != nil {
				t.Fatal(err)
			}
			var metrics []string
			for _, m := range mf.GetMetric() {
				metrics = append(metrics, m.String())
			}
			mf.Metric = nil
			add(mf.GetName(), mf.String(), metrics)
		}
	}
	body, ended := strings.CutSuffix(string(text), "# EOF\n")
	if ended != (format.FormatType() == expfmt.TypeOpenMetrics) {
		t.Errorf("%s: an end: %v", format, ended)
	}
	for part := range strings.SplitSeq(body, "# HELP ") {
		if part == "" {
			continue
		}
		lines := strings.SplitAfterN(part, "\n", 3)
		name, _, _ := strings.Cut(part, " ")
		add(name, lines[0]+lines[1], strings.SplitAfter(lines[2], "\n"))
	}
	return all
}
