package collector_test

import (
	"testing"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
)

func TestScrape_DaysOfTheResponses(t *testing.T) {
	inWorld(t, func(w *world) { w.golden("days") })
}

func TestScrape_NoResponseYet(t *testing.T) {
	inWorld(t, func(w *world) {
		w.sim.Override(stage+"-id", apitest.Hang())
		w.sim.Override(studio+"-id", apitest.Hang())
		start := time.Now()
		w.golden("cold")
		if waited := time.Since(start); waited != 20*time.Second { // once for the file, once for promlint
			t.Errorf("waited %v, want until the deadline", waited)
		}
	})
}

func TestScrape_FailingAppKeepsItsDays(t *testing.T) {
	inWorld(t, func(w *world) {
		w.scrape()
		w.sim.Override(stage+"-id", apitest.Status(403, nil, `{"success":false,"errors":[{"code":10000,"message":"Authentication error"}]}`))
		time.Sleep(15 * time.Minute)
		w.day(studio, "2000-01-10", 7, 70, 700)
		w.golden("failing")
		const want = `level=warn msg="report failed" app=main-stage report=livestreams reason=auth err="token rejected for account ` +
			account + `: it needs the permission Realtime or Realtime Admin (HTTP 403: \"Authentication error\")"` + "\n"
		if w.log.String() != want {
			t.Errorf("log: got %s, want %s", &w.log, want)
		}
		w.sim.Override(stage+"-id", nil)
		time.Sleep(15 * time.Second)
		w.has(w.scrape(), `realtimekit_report_up{app="main-stage",report="livestreams"} 1`)
		const again = `level=info msg="report recovered" app=main-stage report=livestreams` + "\n"
		if w.log.String() != want+again {
			t.Errorf("log: got %s, want %s", &w.log, want+again)
		}
	})
}

func TestScrape_ResponseWithoutRows(t *testing.T) {
	inWorld(t, func(w *world) {
		w.day(studio, "2000-01-06", 0, 0, 0)
		got := w.scrape()
		if days := dates(got, "sessions", studio); days != "" {
			t.Errorf("shows %s", days)
		}
		w.has(got, `realtimekit_report_up{app="studio",report="livestreams"} 1`, `realtimekit_report_rows{app="studio",report="livestreams"} 0`)
	})
}

func TestScrape_LateResponseIsInTheNextOne(t *testing.T) {
	inWorld(t, func(w *world) {
		w.sim.Override(stage+"-id", apitest.Slow(12*time.Second, nil))
		start := time.Now()
		got := w.scrape()
		if waited := time.Since(start); waited != 10*time.Second {
			t.Errorf("waited %v, want until the deadline", waited)
		}
		w.has(got,
			`realtimekit_report_up{app="main-stage",report="livestreams"} 0`,
			`realtimekit_report_up{app="studio",report="livestreams"} 1`,
			`realtimekit_livestream_daily_sessions{app="studio",date="2000-01-06"} 1`,
			`realtimekit_exporter_cache_answers_total{result="none"} 1`)
		time.Sleep(5 * time.Second)
		w.has(w.scrape(), `realtimekit_livestream_daily_sessions{app="main-stage",date="2000-01-07"} 3`)
		w.asks(2)
	})
}

func TestScrape_RestatedDay(t *testing.T) {
	inWorld(t, func(w *world) {
		w.scrape()
		w.day(stage, "2000-01-07", 1, 1, 1)
		w.day(stage, "2000-01-09", 0, 0, 0)
		time.Sleep(15 * time.Minute)
		w.has(w.scrape(),
			`realtimekit_livestream_daily_sessions{app="main-stage",date="2000-01-07"} 1`,
			`realtimekit_livestream_daily_sessions{app="main-stage",date="2000-01-09"} 0`)
	})
}

func TestMaxStale_DaysEndAndTheTimeOfTheLastSuccessStays(t *testing.T) {
	inWorld(t, func(w *world) {
		w.plan.MaxStale = time.Hour
		w.exporter.Apply(w.plan)
		w.scrape()
		w.sim.Override(stage+"-id", apitest.Reset())
		time.Sleep(time.Hour - time.Second)
		const success = `realtimekit_report_last_success_timestamp_seconds{app="main-stage",report="livestreams"} 9.475056e+08`
		w.has(w.scrape(), success, `realtimekit_livestream_daily_sessions{app="main-stage",date="2000-01-07"} 3`)
		time.Sleep(time.Second)
		got := w.scrape()
		w.has(got, success, `realtimekit_report_up{app="main-stage",report="livestreams"} 0`)
		if days := dates(got, "sessions", stage); days != "" {
			t.Errorf("still shows %s", days)
		}
	})
}

func TestTimeout_IsAFailureOnceItIsOver(t *testing.T) {
	inWorld(t, func(w *world) {
		w.scrape()
		w.sim.Override(stage+"-id", apitest.Hang())
		time.Sleep(15 * time.Minute)
		w.has(w.scrape(), `realtimekit_report_up{app="main-stage",report="livestreams"} 1`) // under way
		time.Sleep(20 * time.Second)
		w.has(w.scrape(),
			`realtimekit_report_up{app="main-stage",report="livestreams"} 0`,
			`realtimekit_report_failures_total{app="main-stage",reason="timeout",report="livestreams"} 1`,
			`realtimekit_exporter_api_requests_total{code="error"} 1`)
	})
}
