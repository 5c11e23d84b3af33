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
	withFixture(t, func(f *fixture) {
		f.plan.TTL, f.plan.MaxStale = 10*time.Second, 0
		f.plan.Accounts = []collector.Account{f.account(account, mainStage)}
		f.exporter.Apply(f.plan)
		f.sim.Override(mainStage+"-id", apitest.Slow(25*time.Second, nil))
		f.scrape() // 10 s
		f.expectRequests(1)
		time.Sleep(24 * time.Second)
		got := f.scrape() // begins when the data is 34 s old
		f.expectLines(got,
			`realtimekit_exporter_cache_answers_total{result="fresh"} 0`,
			`realtimekit_exporter_cache_answers_total{result="none"} 2`,
			`realtimekit_report_last_success_timestamp_seconds{app="main-stage",report="livestreams"} 9.475056e+08`)
		if days := dates(got, "sessions", mainStage); days != "" {
			t.Errorf("shows %s", days)
		}
		f.expectRequests(1)
		time.Sleep(time.Hour)
		f.expectRequests(0) // only a scrape starts a request
	})
}

func TestCanceledRequests_AreNotErrors(t *testing.T) {
	withFixture(t, func(f *fixture) {
		f.sim.Override(mainStage+"-id", apitest.Hang())
		f.sim.Override(studio+"-id", apitest.Hang())
		f.scrape()
		f.expectRequests(2)
		f.plan.Accounts = []collector.Account{f.account(account, studio)}
		f.exporter.Apply(f.plan) // cancels the request of one app
		synctest.Wait()
		f.stop() // cancels the other
		synctest.Wait()
		got := f.scrape()
		if n := samples(got, "api_requests_total{"); len(n) != 0 {
			t.Errorf("counted %s", n)
		}
		f.expectLines(got,
			`realtimekit_exporter_api_request_duration_seconds_count 0`,
			`realtimekit_report_failures_total{app="studio",reason="network",report="livestreams"} 0`,
			`realtimekit_report_failures_total{app="studio",reason="timeout",report="livestreams"} 0`)
		if f.log.Len() > 0 {
			t.Errorf("logged %s", &f.log)
		}
	})
}

func TestFailures_FollowTheKeyWhenNamesAreSwapped(t *testing.T) {
	withFixture(t, func(f *fixture) {
		f.sim.Override(mainStage+"-id", apitest.Status(http.StatusBadGateway, nil, ""))
		f.scrape()
		apps := f.plan.Accounts[0].Apps
		f.plan.Accounts = []collector.Account{f.account(account)}
		f.plan.Accounts[0].Apps = []collector.App{{ID: apps[0].ID, Name: apps[1].Name}, {ID: apps[1].ID, Name: apps[0].Name}}
		f.exporter.Apply(f.plan)
		f.expectLines(f.scrape(),
			`realtimekit_report_failures_total{app="main-stage",reason="server",report="livestreams"} 0`,
			`realtimekit_report_failures_total{app="studio",reason="server",report="livestreams"} 2`)
		f.plan.Accounts = []collector.Account{f.account(account, mainStage)}
		f.exporter.Apply(f.plan)
		f.expectLines(f.scrape(), `realtimekit_report_failures_total{app="main-stage",reason="server",report="livestreams"} 3`)
	})
}

func TestFailures_AppThatReturnsStartsAtZero(t *testing.T) {
	withFixture(t, func(f *fixture) {
		f.sim.Override(mainStage+"-id", apitest.Status(http.StatusBadGateway, nil, ""))
		f.scrape()
		both := f.plan
		f.plan.Accounts = []collector.Account{f.account(account, studio)}
		f.exporter.Apply(f.plan)
		if got := samples(f.scrape(), "failures_total", mainStage); len(got) != 0 {
			t.Errorf("still shows %s", got)
		}
		f.sim.Override(mainStage+"-id", nil)
		f.exporter.Apply(both)
		f.expectLines(f.scrape(), `realtimekit_report_failures_total{app="main-stage",reason="server",report="livestreams"} 0`)
	})
}

func TestReplacedToken_FailureOfTheOldOneIsRetriedImmediately(t *testing.T) {
	for name, failure := range map[string]http.Handler{
		"refused": apitest.Status(http.StatusUnauthorized, nil, ""),
		"limited": apitest.Status(http.StatusTooManyRequests, nil, ""),
	} {
		t.Run(name, func(t *testing.T) {
			withFixture(t, func(f *fixture) {
				f.plan.Accounts = []collector.Account{f.account(account, mainStage)}
				f.exporter.Apply(f.plan)
				f.sim.AddToken("rotated", account)
				f.sim.Override(mainStage+"-id", apitest.Slow(5*time.Second, failure))
				time.AfterFunc(4*time.Second, func() { f.sim.Override(mainStage+"-id", nil) })
				time.AfterFunc(time.Second, func() {
					synctest.Wait() // the old token has been read
					f.tokens[account] = "rotated"
					f.exporter.Apply(f.plan)
				})
				start := time.Now()
				got := f.scrape()
				if waited := time.Since(start); waited != 5*time.Second {
					t.Errorf("waited %v, want 5s", waited)
				}
				f.expectLines(got,
					`realtimekit_report_up{app="main-stage",report="livestreams"} 1`,
					`realtimekit_report_failures_total{app="main-stage",reason="auth",report="livestreams"} 0`,
					`realtimekit_report_failures_total{app="main-stage",reason="rate_limited",report="livestreams"} 0`)
				f.expectRequests(2)
			})
		})
	}
}

func TestReplacedToken_RemovedTokenFailsWaiter(t *testing.T) {
	withFixture(t, func(f *fixture) {
		f.plan.Accounts = []collector.Account{f.account(account, mainStage)}
		f.exporter.Apply(f.plan)
		f.sim.Override(mainStage+"-id", apitest.Status(http.StatusTooManyRequests, nil, ""))
		f.scrape()
		time.Sleep(15 * time.Second)
		f.scrape() // it waits for the end of the pause
		f.tokens[account] = ""
		f.scrape() // it reads the token again
		f.expectLines(f.scrape(),
			`realtimekit_report_failures_total{app="main-stage",reason="token",report="livestreams"} 1`)
		f.expectRequests(1)
	})
}
