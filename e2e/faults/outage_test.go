package e2e

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
)

func TestAnAPIThatIsDownAtTheStartIsShownOnceItIsThere(t *testing.T) {
	t.Parallel()
	a, d := newAccount(t), newDoor(t, "127.0.2.1")
	a.configureFor(t, "http://"+d.address, "ttl: 1s", "timeout: 2s")
	exporter := a.startExporter(t)
	a.expectFailing(t, exporter, "network", "connection refused", samples{})

	got, err := exporter.scrape(t.Context(), patience)
	if err != nil {
		t.Fatal(err)
	}
	if n := got.total("realtimekit_app_info"); n != float64(len(a.apps)) {
		t.Errorf("%v apps in realtimekit_app_info, want %d", n, len(a.apps))
	}
	for n := 1 - windowDays; n <= 0; n++ {
		if v := got.samples[fmt.Sprintf("%s{date=%q}", dateStart, a.date(n))]; v != float64(a.day(n).Unix()) {
			t.Errorf("%s of %s is %v", dateStart, a.date(n), v)
		}
	}
	for _, app := range a.apps {
		for _, about := range []string{"last_success_timestamp_seconds", "rows"} {
			if v := got.report("name of "+app, about); v != 0 {
				t.Errorf("report_%s of %s is %v, and there was no answer yet", about, app, v)
			}
		}
	}
	d.serve(t, a.api)
	a.expectComplete(t, exporter)
}

func TestDaysGoWhenTheAPIIsDownForLongerThanMaxStale(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	a.configureFor(t, a.url, "ttl: 1s, max_stale: 4s", "timeout: 2s")
	exporter := a.startExporter(t)
	well := a.expectComplete(t, exporter)
	for _, app := range a.apps {
		a.api.Override(app, apitest.Status(503, nil, ""))
	}

	const name, maxStale = "name of " + busy, 4 * time.Second
	success := time.UnixMilli(int64(1000 * well.report(name, "last_success_timestamp_seconds")))
	stale := 0
	eventually(t, func() error {
		got, err := exporter.scrape(t.Context(), patience)
		if err != nil {
			t.Fatal(err)
		}
		if at := time.UnixMilli(int64(1000 * got.report(name, "last_success_timestamp_seconds"))); got.report(name, "up") == 1 {
			success = at // it was asked once more before the fault came
			return errors.New("still up")
		} else if !at.Equal(success) {
			t.Fatalf("the last success was at %v, and now at %v", success, at)
		}
		if got.report(name, "rows") != well.report(name, "rows") || got.total("realtimekit_app_info") != float64(len(a.apps)) {
			t.Error("report_rows or app_info has changed")
		}
		days := len(got.daysOf(name))
		switch {
		case got.answered.Sub(success) < maxStale:
			stale++
			if err := differ(got.daysOf(name), shownAs(name, a.days(busy))); err != nil {
				t.Errorf("after %v: %v", got.answered.Sub(success), err)
			}
		case got.asked.Sub(success) > maxStale+time.Second/10 && days > 0:
			t.Fatalf("%d samples of days after %v", days, got.asked.Sub(success))
		}
		if days > 0 {
			return errors.New("the days are still there")
		}
		return nil
	})
	if stale == 0 {
		t.Error("no scrape has shown the days while they were younger than max_stale")
	}
	for _, app := range a.apps {
		a.api.Override(app, nil)
	}
	a.expectComplete(t, exporter)
}

func TestASlowAppHoldsNobodyUpAndItsAnswerIsFoundLater(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	a.configureFor(t, a.url, "ttl: 1s", "timeout: 20s")
	exporter := a.startExporter(t)
	a.expectComplete(t, exporter)

	const name, impatient, late = "name of " + busy, 2 * time.Second, 4 * time.Second
	before := shownAs(name, a.days(busy))
	a.api.SetDay(busy, apitest.Day{Date: a.date(0), Sessions: 77, IngestSeconds: 7, ViewerSeconds: 7})
	a.api.Override(busy, apitest.Slow(late, nil))
	began, deadlines := time.Now(), 0
	eventually(t, func() error {
		got, err := exporter.scrape(t.Context(), impatient)
		if err != nil {
			t.Fatal(err)
		}
		if got.waiting > time.Second {
			deadlines++
		}
		for _, app := range a.apps {
			if up, failures := got.report("name of "+app, "up"), got.failures("name of "+app); up != 1 || len(failures) > 0 {
				t.Errorf("report_up of %s is %v, failures %v", app, up, failures)
			}
		}
		for _, app := range []string{quiet, empty} {
			at, due := got.report("name of "+app, "last_success_timestamp_seconds"), got.asked.Add(-time.Second)
			if err := got.complete("name of "+app, a.days(app)); err != nil || at < seconds(due) {
				t.Errorf("answer of %v, want none before %v: %v", at, seconds(due), err)
			}
		}
		news := got.complete(name, a.days(busy))
		if news != nil && differ(got.daysOf(name), before) != nil {
			t.Errorf("neither as before nor as now: %v", news)
		}
		return news
	})
	if took := time.Since(began); took < late || deadlines == 0 {
		t.Errorf("the slow answer was there after %v, and %d scrapes waited for it", took, deadlines)
	}
}
