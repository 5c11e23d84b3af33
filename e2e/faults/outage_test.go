package faults

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness"
)

func TestOutage_APIDownAtStart(t *testing.T) {
	t.Parallel()
	a, d := harness.NewAccount(t), newSwitchableServer(t, "127.0.2.1")
	configureFor(t, a, "http://"+d.address, "ttl: 1s", "timeout: 2s")
	exporter := a.StartExporter(t)
	expectFailing(t, a, exporter, "network", "connection refused", harness.Samples{})

	got, err := exporter.Scrape(t.Context(), harness.ScrapeTimeout)
	if err != nil {
		t.Fatal(err)
	}
	if n := got.Total("realtimekit_app_info"); n != float64(len(a.Apps)) {
		t.Errorf("%v apps in realtimekit_app_info, want %d", n, len(a.Apps))
	}
	for n := 1 - harness.WindowDays; n <= 0; n++ {
		if v := got.Samples[fmt.Sprintf("%s{date=%q}", harness.DateStart, a.Date(n))]; v != float64(a.Day(n).Unix()) {
			t.Errorf("%s of %s is %v", harness.DateStart, a.Date(n), v)
		}
	}
	for _, app := range a.Apps {
		for _, about := range []string{"last_success_timestamp_seconds", "rows"} {
			if v := got.Report("name of "+app, about); v != 0 {
				t.Errorf("report_%s of %s is %v, and there was no response yet", about, app, v)
			}
		}
	}
	d.serve(t, a.API)
	expectComplete(t, a, exporter)
}

func TestOutage_LongerThanMaxStale(t *testing.T) {
	t.Parallel()
	a := harness.NewAccount(t)
	configureFor(t, a, a.URL, "ttl: 1s, max_stale: 4s", "timeout: 2s")
	exporter := a.StartExporter(t)
	well := expectComplete(t, a, exporter)
	for _, app := range a.Apps {
		a.API.Override(app, apitest.Status(503, nil, ""))
	}

	const name, maxStale = "name of " + harness.Busy, 4 * time.Second
	success := time.UnixMilli(int64(1000 * well.Report(name, "last_success_timestamp_seconds")))
	stale := 0
	harness.Eventually(t, func() error {
		got, err := exporter.Scrape(t.Context(), harness.ScrapeTimeout)
		if err != nil {
			t.Fatal(err)
		}
		if at := time.UnixMilli(int64(1000 * got.Report(name, "last_success_timestamp_seconds"))); got.Report(name, "up") == 1 {
			success = at // it was requested once more before the fault began
			return errors.New("still up")
		} else if !at.Equal(success) {
			t.Fatalf("the last success was at %v, and now at %v", success, at)
		}
		if got.Report(name, "rows") != well.Report(name, "rows") || got.Total("realtimekit_app_info") != float64(len(a.Apps)) {
			t.Error("report_rows or app_info has changed")
		}
		days := len(got.DaysOf(name))
		switch {
		case got.Received.Sub(success) < maxStale:
			stale++
			if err := harness.Diff(got.DaysOf(name), harness.DaySamples(name, a.Days(harness.Busy))); err != nil {
				t.Errorf("after %v: %v", got.Received.Sub(success), err)
			}
		case got.Sent.Sub(success) > maxStale+time.Second/10 && days > 0:
			t.Fatalf("%d samples of days after %v", days, got.Sent.Sub(success))
		}
		if days > 0 {
			return errors.New("the days are still there")
		}
		return nil
	})
	if stale == 0 {
		t.Error("no scrape had the days while they were younger than max_stale")
	}
	for _, app := range a.Apps {
		a.API.Override(app, nil)
	}
	expectComplete(t, a, exporter)
}

func TestOutage_SlowAppDelaysNoOther(t *testing.T) {
	t.Parallel()
	a := harness.NewAccount(t)
	configureFor(t, a, a.URL, "ttl: 1s", "timeout: 20s")
	exporter := a.StartExporter(t)
	expectComplete(t, a, exporter)

	const name, impatient, late = "name of " + harness.Busy, 2 * time.Second, 4 * time.Second
	before := harness.DaySamples(name, a.Days(harness.Busy))
	a.API.SetDay(harness.Busy, apitest.Day{Date: a.Date(0), Sessions: 77, IngestSeconds: 7, ViewerSeconds: 7})
	a.API.Override(harness.Busy, apitest.Slow(late, nil))
	began, deadlines := time.Now(), 0
	harness.Eventually(t, func() error {
		got, err := exporter.Scrape(t.Context(), impatient)
		if err != nil {
			t.Fatal(err)
		}
		if got.Took > time.Second {
			deadlines++
		}
		for _, app := range a.Apps {
			if up, failures := got.Report("name of "+app, "up"), got.Failures("name of "+app); up != 1 || len(failures) > 0 {
				t.Errorf("report_up of %s is %v, failures %v", app, up, failures)
			}
		}
		for _, app := range []string{harness.Quiet, harness.Empty} {
			at, due := got.Report("name of "+app, "last_success_timestamp_seconds"), got.Sent.Add(-time.Second)
			if err := got.Complete("name of "+app, a.Days(app)); err != nil || at < harness.Seconds(due) {
				t.Errorf("response of %v, want none before %v: %v", at, harness.Seconds(due), err)
			}
		}
		news := got.Complete(name, a.Days(harness.Busy))
		if news != nil && harness.Diff(got.DaysOf(name), before) != nil {
			t.Errorf("neither as before nor as now: %v", news)
		}
		return news
	})
	if took := time.Since(began); took < late || deadlines == 0 {
		t.Errorf("the slow response was there after %v, and %d scrapes waited for it", took, deadlines)
	}
}
