package collector_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector"
)

func formats() []expfmt.Format {
	return []expfmt.Format{expfmt.FmtText, expfmt.FmtOpenMetrics_1_0_0, expfmt.FmtProtoDelim}
}

// Whatever has happened, a scrape has the families of a plain registry over the same
// snapshot.
func TestEncode_EqualsRegistry(t *testing.T) {
	withReports(t, func(f *fixture) {
		step := func(name string, reports, days int) (text string) {
			f.Helper()
			ctx, cancel := context.WithTimeout(f.Context(), 10*time.Second)
			defer cancel()
			snapshot, all := f.exporter.Snapshot(ctx), prometheus.NewPedanticRegistry()
			synctest.Wait() // for the tokens to be read
			all.MustRegister(snapshot, f.registry)
			gathered, err := all.Gather()
			if err != nil {
				f.Errorf("%s: %v", name, err)
			}
			text = string(checkEncoded(f, snapshot, f.registry, gathered, formats()...))
			if n := len(samples(text, "report_up{", " 1")); n != reports {
				f.Errorf("%s: %d reports are up, want %d: %s", name, n, reports, samples(text, "report_up{"))
			}
			if n := len(samples(text, "livestream_daily_sessions{")); n != days {
				f.Errorf("%s: %d days of livestreams, want %d", name, n, days)
			}
			return text
		}
		override := func(h http.Handler) {
			f.sim.Override(mainStage+"-id", h)
			f.sim.Override(studio+"-id", h)
		}
		f.sim.SetLive(studio+"-id", apitest.Session{ID: "1", Type: "webinar", Participants: 3})
		f.sim.SetMeetingDay(studio+"-id", apitest.MeetingDay{Date: "2000-01-09", Sessions: 2, SessionSeconds: 50})
		override(apitest.Slow(time.Minute, nil))
		step("cold", 0, 0)
		override(nil)
		time.Sleep(2 * time.Minute)
		step("first responses", 6, 9)
		step("no change", 6, 9)

		override(apitest.Status(http.StatusBadGateway, nil, ""))
		time.Sleep(16 * time.Minute)
		step("failing, stale", 0, 9)
		time.Sleep(15 * time.Second)
		step("one more failure", 0, 9)
		override(nil)
		time.Sleep(5 * time.Minute)
		step("recovered", 6, 9)

		f.plan.Accounts[0].Apps[0].Name = "z\u202e\"}\\\n# HELP 🎥 \u200d"
		f.plan.Accounts[0].Apps[1].Name = `{app="a"} 2`
		f.exporter.Apply(f.plan)
		text := step("hostile names", 6, 9)
		if old, renamed := samples(text, `app="studio"`), samples(text, `app="{app=\"a\"} 2"`); len(old) > 0 || len(renamed) == 0 {
			t.Errorf("renamed: %d samples have the old name, %d the new one", len(old), len(renamed))
		}
		f.plan.Days = 2
		f.exporter.Apply(f.plan)
		step("smaller window", 6, 4)

		time.Sleep(time.Until(api.Day(time.Now()).AddDate(0, 0, 1)) - 11*time.Second)
		step("before midnight", 6, 2)
		override(apitest.Slow(time.Minute, nil))
		time.Sleep(11 * time.Second)
		step("midnight", 6, 1)
		override(apitest.Status(http.StatusBadGateway, nil, ""))
		time.Sleep(80 * time.Hour)
		step("too old", 0, 0)
		f.plan.Accounts[0].Apps = f.plan.Accounts[0].Apps[:1]
		f.exporter.Apply(f.plan)
		override(nil)
		step("one app", 3, 0)
	}, "livestreams", "meetings", "live")
}

func TestEncode_EqualsRegistryThousandApps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		upstream, ids := slowAPI(1000, 0)
		plan := loadPlan(ids, 8, "http://127.0.0.1", upstream.Client().Transport)
		plan.Limit.Requests, plan.Days = 10_000, 7
		ctx, stop := context.WithCancel(t.Context())
		defer synctest.Wait()
		defer stop()
		e := collector.New(ctx, log.NewNopLogger(), prometheus.NewRegistry(), time.Now)
		e.Apply(plan)
		snapshot, all := e.Snapshot(t.Context()), prometheus.NewPedanticRegistry()
		all.MustRegister(snapshot)
		gathered, err := all.Gather()
		if err != nil {
			t.Error(err)
		}
		text := string(checkEncoded(t, snapshot, prometheus.NewRegistry(), gathered, formats()...))
		if n := len(samples(text, "report_up{", " 1")); n != 1000 {
			t.Errorf("%d apps are up", n)
		}
	})
}

// checkEncoded compares the encoded snapshot with the output of expfmt for the same
// snapshot in a registry. It returns the result in the first format.
func checkEncoded(t testing.TB, s *collector.Snapshot, own prometheus.Collector, gathered []*dto.MetricFamily, formats ...expfmt.Format) []byte {
	t.Helper()
	for _, format := range formats {
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
		for name := range got {
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
	return encoded(t, s, formats[0], own)
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
	for part := range strings.SplitSeq("\n"+body, "\n# HELP ") {
		if part == "" {
			continue
		}
		lines := strings.SplitAfterN(strings.TrimSuffix(part, "\n"), "\n", 3)
		name, _, _ := strings.Cut(part, " ")
		add(name, lines[0]+lines[1], strings.Split(lines[2], "\n"))
	}
	return all
}
