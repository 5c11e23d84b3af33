package exposition_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/realtimekit-exporter/realtimekit_exporter/collector/internal/exposition"
)

func sessions() *prometheus.Desc {
	return prometheus.NewDesc("a_sessions", `Help with \ and "quotes".`, []string{"app", "date"}, nil)
}

func failures() *prometheus.Desc {
	return prometheus.NewDesc("b_failures_total", "Failures.", []string{"app"}, nil)
}

// A group has constant metrics, and counts how often it is collected.
type group struct {
	metrics   []prometheus.Metric
	collected atomic.Int64
}

func (g *group) Describe(ch chan<- *prometheus.Desc) {
	ch <- sessions()
	ch <- failures()
}

func (g *group) Collect(ch chan<- prometheus.Metric) {
	g.collected.Add(1)
	for _, m := range g.metrics {
		ch <- m
	}
}

// newGroup returns a group of apps. Only every other app has sessions.
func newGroup(apps ...string) *group {
	g := &group{}
	for i, app := range apps {
		g.metrics = append(g.metrics, prometheus.MustNewConstMetricWithCreatedTimestamp(
			failures(), prometheus.CounterValue, float64(i), time.Unix(1_800_000_000, 5e8), app))
		for day := range i % 2 * 40 {
			g.metrics = append(g.metrics, prometheus.MustNewConstMetric(
				sessions(), prometheus.GaugeValue, 1.5*float64(day), app, fmt.Sprintf("2026-11-%02d", day)))
		}
	}
	return g
}

// current returns families that come last by name, one with a native histogram.
func current(t testing.TB) []*dto.MetricFamily {
	t.Helper()
	all, native := &group{}, prometheus.NewDesc("y_seconds", "", nil, nil)
	all.metrics = append(all.metrics, prometheus.MustNewConstNativeHistogram(native, 3, 4.5, map[int]int64{1: 2, 2: 1}, nil, 0, 3, 1e-9, time.Unix(1_800_000_000, 0)))
	all.metrics = append(all.metrics, prometheus.MustNewConstMetric(prometheus.NewDesc("z_total", "", nil, nil), prometheus.CounterValue, 7))
	reg := prometheus.NewRegistry()
	reg.MustRegister(all)
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	return families
}

// plain returns the exposition of the same metrics by client_golang and expfmt.
func plain(t testing.TB, format expfmt.Format, last []*dto.MetricFamily, groups ...prometheus.Collector) []byte {
	t.Helper()
	all := &group{}
	for _, g := range groups {
		all.metrics = append(all.metrics, g.(*group).metrics...)
	}
	reg := prometheus.NewPedanticRegistry()
	reg.MustRegister(all)
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	encoder := expfmt.NewEncoder(&text, format)
	for _, mf := range append(families, last...) {
		if err := encoder.Encode(mf); err != nil {
			t.Fatal(err)
		}
	}
	if err := encoder.(expfmt.Closer).Close(); err != nil {
		t.Fatal(err)
	}
	return text.Bytes()
}

func read(t testing.TB, parts net.Buffers) []byte {
	t.Helper()
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

func join(t testing.TB, c *exposition.Cache, format expfmt.Format, groups ...prometheus.Collector) []byte {
	t.Helper()
	parts, err := c.Join(format, groups, current(t), nil)
	if err != nil {
		t.Error(err)
	}
	return read(t, parts)
}

// equal compares two responses.
func equal(t testing.TB, what any, got, want []byte) {
	t.Helper()
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			from := max(0, i-60)
			t.Errorf("%v: got %d bytes, want %d; from byte %d:\n%.150q\n%.150q", what, len(got), len(want), from, got[from:], want[from:])
			return
		}
	}
}

func formats() []expfmt.Format {
	return []expfmt.Format{expfmt.FmtText, expfmt.FmtOpenMetrics_1_0_0, expfmt.FmtOpenMetrics_0_0_1, expfmt.FmtProtoDelim}
}

func TestJoin_EqualsPlainRegistry(t *testing.T) {
	hostile := "z\u202e\"}\\\n# HELP 🎥 \u200d"
	for name, groups := range map[string][]prometheus.Collector{
		"none":       {},
		"one empty":  {newGroup()},
		"one app":    {newGroup("a")},
		"some empty": {newGroup(), newGroup("a", "b"), newGroup(), newGroup("c"), newGroup("d", "e", "f")},
		"hostile":    {newGroup("a", "b"), newGroup("c", hostile)},
	} {
		c := exposition.New()
		for _, format := range formats() {
			for _, escaping := range []model.EscapingScheme{model.NoEscaping, model.UnderscoreEscaping, model.DotsEscaping, model.ValueEncodingEscaping} {
				format := format.WithEscapingScheme(escaping)
				equal(t, name+": "+string(format), join(t, c, format, groups...), plain(t, format, current(t), groups...))
			}
		}
	}
}

func TestJoin_EncodesOnce(t *testing.T) {
	c := exposition.New()
	kept, replaced, other := newGroup("a", "b"), newGroup("c"), newGroup("c", "d")
	for range 3 {
		join(t, c, expfmt.FmtText, kept, replaced)
	}
	for range 3 {
		equal(t, "replaced", join(t, c, expfmt.FmtText, kept, other), plain(t, expfmt.FmtText, current(t), kept, other))
	}
	if k, r, o := kept.collected.Load(), replaced.collected.Load(), other.collected.Load(); k != 1 || r != 1 || o != 1 {
		t.Errorf("collected %d, %d and %d times, want once each", k, r, o)
	}
	join(t, c, expfmt.FmtText, kept, replaced)
	if n := replaced.collected.Load(); n != 2 {
		t.Errorf("collected %d times, want again: it was not in the last response", n)
	}
}

func TestJoin_DropsUnusedFormat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, g := exposition.New(), newGroup("a", "b")
		join(t, c, expfmt.FmtProtoDelim, g)
		for range 9 {
			time.Sleep(time.Minute)
			join(t, c, expfmt.FmtText, g)
		}
		join(t, c, expfmt.FmtProtoDelim, g)
		if n := g.collected.Load(); n != 2 {
			t.Errorf("collected %d times, want once for each format", n)
		}
		for range 10 {
			time.Sleep(time.Minute)
			join(t, c, expfmt.FmtText, g)
		}
		join(t, c, expfmt.FmtProtoDelim, g)
		if n := g.collected.Load(); n != 3 {
			t.Errorf("collected %d times, want again after 10 minutes without a use", n)
		}
	})
}

func TestJoin_Names(t *testing.T) {
	for _, format := range formats() {
		parts, err := exposition.New().Join(format, []prometheus.Collector{newGroup("a", "b")}, current(t), []string{"b_failures_total", "z_total", "unknown"})
		if err != nil {
			t.Error(err)
		}
		got := string(read(t, parts))
		for name, want := range map[string]bool{"a_sessions": false, "b_failures": true, "y_seconds": false, "z": true} {
			if strings.Contains(got, name) != want {
				t.Errorf("%s: family %s in %q, want %v", format, name, got, want)
			}
		}
	}
}

// If a collector fails, its metrics are missing. All others are exposed.
func TestJoin_MetricFails(t *testing.T) {
	broken := newGroup("c", "d")
	broken.metrics = append(broken.metrics, prometheus.NewInvalidMetric(sessions(), errors.New("not known")))
	good := newGroup("a", "b")
	c := exposition.New()
	for range 2 {
		parts, err := c.Join(expfmt.FmtText, []prometheus.Collector{good, broken}, current(t), nil)
		if err == nil || !strings.Contains(err.Error(), "not known") {
			t.Errorf("got %v", err)
		}
		equal(t, "incomplete", read(t, parts), plain(t, expfmt.FmtText, current(t), good, newGroup("c", "d")))
	}
}

func TestJoin_Concurrent(t *testing.T) {
	c := exposition.New()
	groups := []prometheus.Collector{newGroup("a", "b"), newGroup("c"), newGroup("d", "e")}
	others := []prometheus.Collector{newGroup("a"), groups[1], newGroup("d")}
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			used, format := groups, formats()[i%4]
			if i%3 == 0 {
				used = others
			}
			equal(t, format, join(t, c, format, used...), plain(t, format, current(t), used...))
		})
	}
	wg.Wait()
}
