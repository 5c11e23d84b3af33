package collector_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector"
)

func TestAge_SlowResponseIsNotFresh(t *testing.T) {
	inWorld(t, func(w *world) {
		w.plan.TTL, w.plan.MaxStale = 10*time.Second, 0
		w.plan.Accounts = []collector.Account{w.account(account, stage)}
		w.exporter.Apply(w.plan)
		w.sim.Override(stage+"-id", apitest.Slow(25*time.Second, nil))
		w.scrape() // 10 s
		w.asks(1)
		time.Sleep(24 * time.Second)
		got := w.scrape() // begins when the data is 34 s old
		w.has(got,
			`realtimekit_exporter_cache_answers_total{result="fresh"} 0`,
			`realtimekit_exporter_cache_answers_total{result="none"} 2`,
			`realtimekit_report_last_success_timestamp_seconds{app="main-stage",report="livestreams"} 9.475056e+08`)
		if days := dates(got, "sessions", stage); days != "" {
			t.Errorf("shows %s", days)
		}
		w.asks(1)
		time.Sleep(time.Hour)
		w.asks(0) // only a scrape starts a request
	})
}

func TestCanceledRequests_AreNotErrors(t *testing.T) {
	inWorld(t, func(w *world) {
		w.sim.Override(stage+"-id", apitest.Hang())
		w.sim.Override(studio+"-id", apitest.Hang())
		w.scrape()
		w.asks(2)
		w.plan.Accounts = []collector.Account{w.account(account, studio)}
		w.exporter.Apply(w.plan) // cancels the request of one app
		synctest.Wait()
		w.stop() // cancels the other
		synctest.Wait()
		got := w.scrape()
		if n := samples(got, "api_requests_total{"); len(n) != 0 {
			t.Errorf("counted %s", n)
		}
		w.has(got,
			`realtimekit_exporter_api_request_duration_seconds_count 0`,
			`realtimekit_report_failures_total{app="studio",reason="network",report="livestreams"} 0`,
			`realtimekit_report_failures_total{app="studio",reason="timeout",report="livestreams"} 0`)
		if w.log.Len() > 0 {
			t.Errorf("logged %s", &w.log)
		}
	})
}

func TestFailures_FollowTheKeyWhenNamesAreSwapped(t *testing.T) {
	inWorld(t, func(w *world) {
		w.sim.Override(stage+"-id", apitest.Status(http.StatusBadGateway, nil, ""))
		w.scrape()
		apps := w.plan.Accounts[0].Apps
		w.plan.Accounts = []collector.Account{w.account(account)}
		w.plan.Accounts[0].Apps = []collector.App{{ID: apps[0].ID, Name: apps[1].Name}, {ID: apps[1].ID, Name: apps[0].Name}}
		w.exporter.Apply(w.plan)
		w.has(w.scrape(),
			`realtimekit_report_failures_total{app="main-stage",reason="server",report="livestreams"} 0`,
			`realtimekit_report_failures_total{app="studio",reason="server",report="livestreams"} 2`)
		w.plan.Accounts = []collector.Account{w.account(account, stage)}
		w.exporter.Apply(w.plan)
		w.has(w.scrape(), `realtimekit_report_failures_total{app="main-stage",reason="server",report="livestreams"} 3`)
	})
}

func TestFailures_AppThatReturnsStartsAtZero(t *testing.T) {
	inWorld(t, func(w *world) {
		w.sim.Override(stage+"-id", apitest.Status(http.StatusBadGateway, nil, ""))
		w.scrape()
		both := w.plan
		w.plan.Accounts = []collector.Account{w.account(account, studio)}
		w.exporter.Apply(w.plan)
		if got := samples(w.scrape(), "failures_total", stage); len(got) != 0 {
			t.Errorf("still shows %s", got)
		}
		w.sim.Override(stage+"-id", nil)
		w.exporter.Apply(both)
		w.has(w.scrape(), `realtimekit_report_failures_total{app="main-stage",reason="server",report="livestreams"} 0`)
	})
}

func TestReplacedToken_FailureOfTheOldOneIsRetriedImmediately(t *testing.T) {
	for name, failure := range map[string]http.Handler{
		"refused": apitest.Status(http.StatusUnauthorized, nil, ""),
		"limited": apitest.Status(http.StatusTooManyRequests, nil, ""),
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				w.plan.Accounts = []collector.Account{w.account(account, stage)}
				w.exporter.Apply(w.plan)
				w.sim.AddToken("rotated", account)
				w.sim.Override(stage+"-id", apitest.Slow(5*time.Second, failure))
				time.AfterFunc(4*time.Second, func() { w.sim.Override(stage+"-id", nil) })
				time.AfterFunc(time.Second, func() {
					synctest.Wait() // the old token has been read
					w.tokens[account] = "rotated"
					w.exporter.Apply(w.plan)
				})
				start := time.Now()
				got := w.scrape()
				if waited := time.Since(start); waited != 5*time.Second {
					t.Errorf("waited %v, want 5s", waited)
				}
				w.has(got,
					`realtimekit_report_up{app="main-stage",report="livestreams"} 1`,
					`realtimekit_report_failures_total{app="main-stage",reason="auth",report="livestreams"} 0`,
					`realtimekit_report_failures_total{app="main-stage",reason="rate_limited",report="livestreams"} 0`)
				w.asks(2)
			})
		})
	}
}

func TestReplacedToken_WaiterFailsWhenThereIsNoneAnyMore(t *testing.T) {
	inWorld(t, func(w *world) {
		w.plan.Accounts = []collector.Account{w.account(account, stage)}
		w.exporter.Apply(w.plan)
		w.sim.Override(stage+"-id", apitest.Status(http.StatusTooManyRequests, nil, ""))
		w.scrape()
		time.Sleep(15 * time.Second)
		w.scrape() // it waits for the end of the pause
		w.tokens[account] = ""
		w.has(w.scrape(),
			`realtimekit_report_failures_total{app="main-stage",reason="token",report="livestreams"} 1`)
		w.asks(1)
	})
}
