package collector_test

import (
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector"
)

func TestReload_KeepsUnchangedApps(t *testing.T) {
	inWorld(t, func(w *world) {
		w.scrape()
		w.asks(2)

		w.plan.Accounts = []collector.Account{w.account(account, stage, studio)}
		w.plan.Accounts[0].Apps[0].Name = "renamed"
		w.plan.Accounts[0].Apps = append(w.plan.Accounts[0].Apps, collector.App{ID: stage + "-id", Name: "filtered", Filters: "region=eu"})
		w.exporter.Apply(w.plan)
		got := w.scrape()
		if days := dates(got, "sessions", "renamed"); days != "07 08 09 10" {
			t.Errorf("the renamed app shows %s", days)
		}
		if old := samples(got, `app="main-stage"`); len(old) != 0 {
			t.Errorf("the old name is still there: %s", old)
		}
		requests := w.sim.Requests()
		if len(requests) != 1 || requests[0].Query.Get("filters") != "region=eu" {
			t.Errorf("asked %v, want only the new filter", requests)
		}
		w.sim.ResetRequests()

		w.plan.BaseURL = "https://elsewhere.example/client/v4"
		w.plan.Client = api.New(w.plan.BaseURL, w.sim.Client().Transport)
		w.exporter.Apply(w.plan)
		w.scrape()
		w.asks(3)
	})
}

func TestReload_LargerWindowIsFetched(t *testing.T) {
	inWorld(t, func(w *world) {
		w.scrape()
		w.asks(2)
		w.plan.Days = 3
		w.exporter.Apply(w.plan)
		got := w.scrape()
		if days := dates(got, "sessions", studio); days != "08 09 10" {
			t.Errorf("a smaller window shows %s", days)
		}
		w.has(got, `realtimekit_report_rows{app="main-stage",report="livestreams"} 2`, `realtimekit_report_rows{app="studio",report="livestreams"} 0`)
		if r := w.status(stage); r.Rows != 2 {
			t.Errorf("the status has %d rows, want 2", r.Rows)
		}
		w.asks(0)
		w.plan.Days = 7
		w.exporter.Apply(w.plan)
		if days := dates(w.scrape(), "sessions", stage); days != "04 05 06 07 08 09 10" {
			t.Errorf("a larger window shows %s", days)
		}
		w.asks(2)
	})
}

func TestReload_ResetsBackoff(t *testing.T) {
	inWorld(t, func(w *world) {
		w.sim.Override(stage+"-id", apitest.Status(500, nil, ""))
		w.scrape()
		w.asks(2)
		w.scrape()
		w.asks(0)
		w.exporter.Apply(w.plan)
		w.scrape()
		w.asks(1)
	})
}

func TestReload_CancelsRequestsOfRemovedApps(t *testing.T) {
	inWorld(t, func(w *world) {
		w.sim.Override(stage+"-id", apitest.Hang())
		start := time.Now()
		time.AfterFunc(time.Second, func() {
			w.plan.Accounts = []collector.Account{w.account(account, studio)}
			w.exporter.Apply(w.plan)
		})
		w.scrape()
		if waited := time.Since(start); waited != time.Second {
			t.Errorf("waited %v, want until the reload", waited)
		}
		if got := samples(w.scrape(), `"main-stage"`); len(got) != 0 {
			t.Errorf("still shows %v", got)
		}
		if w.log.Len() > 0 {
			t.Errorf("logged %s", &w.log)
		}
	})
}

func TestPlan_Series(t *testing.T) {
	inWorld(t, func(w *world) {
		for day := 6; day <= 10; day++ {
			w.day(stage, time.Date(2000, 1, day, 0, 0, 0, 0, time.UTC).Format(time.DateOnly), 1, 1, 1)
		}
		n, err := testutil.GatherAndCount(w.gatherer(),
			"realtimekit_livestream_daily_sessions", "realtimekit_livestream_daily_ingest_seconds", "realtimekit_livestream_daily_viewer_seconds",
			"realtimekit_date_start_timestamp_seconds", "realtimekit_app_info", "realtimekit_report_up", "realtimekit_report_rows", "realtimekit_report_rows_skipped",
			"realtimekit_report_last_success_timestamp_seconds", "realtimekit_report_failures_total",
			"realtimekit_exporter_api_blocked_until_timestamp_seconds", "realtimekit_exporter_api_budget_requests", "realtimekit_exporter_api_budget_remaining_requests")
		if err != nil || n != w.plan.Series() {
			t.Errorf("got %d series, %v; the plan says %d", n, err, w.plan.Series())
		}
	})
}
