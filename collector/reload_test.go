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
	withFixture(t, func(f *fixture) {
		f.scrape()
		f.expectRequests(2)

		f.plan.Accounts = []collector.Account{f.account(account, mainStage, studio)}
		f.plan.Accounts[0].Apps[0].Name = "renamed"
		f.plan.Accounts[0].Apps = append(f.plan.Accounts[0].Apps, collector.App{ID: mainStage + "-id", Name: "filtered", Filters: "region=eu"})
		f.exporter.Apply(f.plan)
		got := f.scrape()
		if days := dates(got, "sessions", "renamed"); days != "07 08 09 10" {
			t.Errorf("the renamed app shows %s", days)
		}
		if old := samples(got, `app="main-stage"`); len(old) != 0 {
			t.Errorf("the old name is still there: %s", old)
		}
		requests := f.sim.Requests()
		if len(requests) != 1 || requests[0].Query.Get("filters") != "region=eu" {
			t.Errorf("requested %v, want only the new filter", requests)
		}
		f.sim.ResetRequests()

		f.plan.BaseURL = "https://elsewhere.example/client/v4"
		f.plan.Client = api.New(f.plan.BaseURL, f.sim.Client().Transport)
		f.exporter.Apply(f.plan)
		f.scrape()
		f.expectRequests(3)
	})
}

func TestReload_LargerWindowIsFetched(t *testing.T) {
	withFixture(t, func(f *fixture) {
		f.scrape()
		f.expectRequests(2)
		f.plan.Days = 3
		f.exporter.Apply(f.plan)
		got := f.scrape()
		if days := dates(got, "sessions", studio); days != "08 09 10" {
			t.Errorf("a smaller window shows %s", days)
		}
		f.expectLines(got, `realtimekit_report_rows{app="main-stage",report="livestreams"} 2`, `realtimekit_report_rows{app="studio",report="livestreams"} 0`)
		if r := f.status(mainStage); r.Rows != 2 {
			t.Errorf("the status has %d rows, want 2", r.Rows)
		}
		f.expectRequests(0)
		f.plan.Days = 7
		f.exporter.Apply(f.plan)
		if days := dates(f.scrape(), "sessions", mainStage); days != "04 05 06 07 08 09 10" {
			t.Errorf("a larger window shows %s", days)
		}
		f.expectRequests(2)
	})
}

func TestReload_ResetsBackoff(t *testing.T) {
	withFixture(t, func(f *fixture) {
		f.sim.Override(mainStage+"-id", apitest.Status(500, nil, ""))
		f.scrape()
		f.expectRequests(2)
		f.scrape()
		f.expectRequests(0)
		f.exporter.Apply(f.plan)
		f.scrape()
		f.expectRequests(1)
	})
}

func TestReload_CancelsRequestsOfRemovedApps(t *testing.T) {
	withFixture(t, func(f *fixture) {
		f.sim.Override(mainStage+"-id", apitest.Hang())
		start := time.Now()
		time.AfterFunc(time.Second, func() {
			f.plan.Accounts = []collector.Account{f.account(account, studio)}
			f.exporter.Apply(f.plan)
		})
		f.scrape()
		if waited := time.Since(start); waited != time.Second {
			t.Errorf("waited %v, want until the reload", waited)
		}
		if got := samples(f.scrape(), `"main-stage"`); len(got) != 0 {
			t.Errorf("still shows %v", got)
		}
		if f.log.Len() > 0 {
			t.Errorf("logged %s", &f.log)
		}
	})
}

func TestPlan_Series(t *testing.T) {
	withFixture(t, func(f *fixture) {
		for day := 6; day <= 10; day++ {
			f.day(mainStage, time.Date(2000, 1, day, 0, 0, 0, 0, time.UTC).Format(time.DateOnly), 1, 1, 1)
		}
		n, err := testutil.GatherAndCount(f.gatherer(),
			"realtimekit_livestream_daily_sessions", "realtimekit_livestream_daily_ingest_seconds", "realtimekit_livestream_daily_viewer_seconds",
			"realtimekit_date_start_timestamp_seconds", "realtimekit_app_info", "realtimekit_report_up", "realtimekit_report_rows", "realtimekit_report_rows_skipped",
			"realtimekit_report_last_success_timestamp_seconds", "realtimekit_report_failures_total",
			"realtimekit_exporter_api_blocked_until_timestamp_seconds", "realtimekit_exporter_api_budget_requests", "realtimekit_exporter_api_budget_remaining_requests")
		if err != nil || n != f.plan.Series() {
			t.Errorf("got %d series, %v; the plan says %d", n, err, f.plan.Series())
		}
	})
}
