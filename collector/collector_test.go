package collector_test

import (
	"testing"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
)

func TestScrape_DaysOfTheResponses(t *testing.T) {
	withFixture(t, func(f *fixture) { f.golden("days") })
}

func TestScrape_NoResponseYet(t *testing.T) {
	withFixture(t, func(f *fixture) {
		f.sim.Override(mainStage+"-id", apitest.Hang())
		f.sim.Override(studio+"-id", apitest.Hang())
		start := time.Now()
		f.golden("cold")
		if waited := time.Since(start); waited != 20*time.Second { // once for the file, once for promlint
			t.Errorf("waited %v, want until the deadline", waited)
		}
	})
}

func TestScrape_FailingAppKeepsItsDays(t *testing.T) {
	withFixture(t, func(f *fixture) {
		f.scrape()
		f.sim.Override(mainStage+"-id", apitest.Status(403, nil, `{"success":false,"errors":[{"code":10000,"message":"Authentication error"}]}`))
		time.Sleep(15 * time.Minute)
		f.day(studio, "2000-01-10", 7, 70, 700)
		f.golden("failing")
		const want = `level=warn msg="report failed" app=main-stage report=livestreams reason=auth err="token rejected for account ` +
			account + `: it needs the permission Realtime or Realtime Admin (HTTP 403: \"Authentication error\")"` + "\n"
		if f.log.String() != want {
			t.Errorf("log: got %s, want %s", &f.log, want)
		}
		f.sim.Override(mainStage+"-id", nil)
		time.Sleep(15 * time.Second)
		f.expectLines(f.scrape(), `realtimekit_report_up{app="main-stage",report="livestreams"} 1`)
		const again = `level=info msg="report recovered" app=main-stage report=livestreams` + "\n"
		if f.log.String() != want+again {
			t.Errorf("log: got %s, want %s", &f.log, want+again)
		}
	})
}

func TestScrape_ResponseWithoutRows(t *testing.T) {
	withFixture(t, func(f *fixture) {
		f.day(studio, "2000-01-06", 0, 0, 0)
		got := f.scrape()
		if days := dates(got, "sessions", studio); days != "" {
			t.Errorf("shows %s", days)
		}
		f.expectLines(got, `realtimekit_report_up{app="studio",report="livestreams"} 1`, `realtimekit_report_rows{app="studio",report="livestreams"} 0`)
	})
}

func TestScrape_LateResponseIsInTheNextOne(t *testing.T) {
	withFixture(t, func(f *fixture) {
		f.sim.Override(mainStage+"-id", apitest.Slow(12*time.Second, nil))
		start := time.Now()
		got := f.scrape()
		if waited := time.Since(start); waited != 10*time.Second {
			t.Errorf("waited %v, want until the deadline", waited)
		}
		f.expectLines(got,
			`realtimekit_report_up{app="main-stage",report="livestreams"} 0`,
			`realtimekit_report_up{app="studio",report="livestreams"} 1`,
			`realtimekit_livestream_daily_sessions{app="studio",date="2000-01-06"} 1`,
			`realtimekit_exporter_cache_answers_total{result="none"} 1`)
		time.Sleep(5 * time.Second)
		f.expectLines(f.scrape(), `realtimekit_livestream_daily_sessions{app="main-stage",date="2000-01-07"} 3`)
		f.expectRequests(2)
	})
}

func TestScrape_RestatedDay(t *testing.T) {
	withFixture(t, func(f *fixture) {
		f.scrape()
		f.day(mainStage, "2000-01-07", 1, 1, 1)
		f.day(mainStage, "2000-01-09", 0, 0, 0)
		time.Sleep(15 * time.Minute)
		f.expectLines(f.scrape(),
			`realtimekit_livestream_daily_sessions{app="main-stage",date="2000-01-07"} 1`,
			`realtimekit_livestream_daily_sessions{app="main-stage",date="2000-01-09"} 0`)
	})
}

func TestMaxStale_DaysEndAndTheTimeOfTheLastSuccessStays(t *testing.T) {
	withFixture(t, func(f *fixture) {
		f.plan.MaxStale = time.Hour
		f.exporter.Apply(f.plan)
		f.scrape()
		f.sim.Override(mainStage+"-id", apitest.Reset())
		time.Sleep(time.Hour - time.Second)
		const success = `realtimekit_report_last_success_timestamp_seconds{app="main-stage",report="livestreams"} 9.475056e+08`
		f.expectLines(f.scrape(), success, `realtimekit_livestream_daily_sessions{app="main-stage",date="2000-01-07"} 3`)
		time.Sleep(time.Second)
		got := f.scrape()
		f.expectLines(got, success, `realtimekit_report_up{app="main-stage",report="livestreams"} 0`)
		if days := dates(got, "sessions", mainStage); days != "" {
			t.Errorf("still shows %s", days)
		}
	})
}

func TestTimeout_IsAFailureOnceItIsOver(t *testing.T) {
	withFixture(t, func(f *fixture) {
		f.scrape()
		f.sim.Override(mainStage+"-id", apitest.Hang())
		time.Sleep(15 * time.Minute)
		f.expectLines(f.scrape(), `realtimekit_report_up{app="main-stage",report="livestreams"} 1`) // under way
		time.Sleep(20 * time.Second)
		f.expectLines(f.scrape(),
			`realtimekit_report_up{app="main-stage",report="livestreams"} 0`,
			`realtimekit_report_failures_total{app="main-stage",reason="timeout",report="livestreams"} 1`,
			`realtimekit_exporter_api_requests_total{code="error"} 1`)
	})
}
