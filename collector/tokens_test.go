package collector_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
)

func TestToken_MissingAndBack(t *testing.T) {
	inWorld(t, func(w *world) {
		w.tokens[account] = ""
		got := w.scrape()
		w.asks(0)
		w.has(got,
			`realtimekit_report_up{app="main-stage",report="livestreams"} 0`,
			`realtimekit_report_failures_total{app="main-stage",reason="token",report="livestreams"} 1`,
			`realtimekit_exporter_api_budget_remaining_requests{account_id="`+account+`"} 0`)
		if n := len(samples(got, "api_requests_total{")); n != 0 {
			t.Errorf("%d kinds of requests counted, though nothing was sent", n)
		}
		if !strings.Contains(w.log.String(), `err="api_token_file /run/secrets/token does not exist"`) {
			t.Errorf("log: %s", &w.log)
		}
		w.tokens[account] = "secret"
		w.has(w.scrape(), `realtimekit_report_up{app="main-stage",report="livestreams"} 1`)
		w.asks(2)
	})
}

func TestToken_429PausesOnlyItsOwn(t *testing.T) {
	inWorld(t, func(w *world) {
		const other = "11111111111111111111111111111111"
		w.tokens[other] = "other"
		w.sim.AddToken("other", other)
		w.sim.AddEmptyApp(other, "other-id")
		w.plan.Accounts = append(w.plan.Accounts, w.account(other, "other"))
		w.sim.Override(stage+"-id", apitest.Slow(time.Second, apitest.Status(429, map[string][]string{"Retry-After": {"3600"}}, "")))
		w.exporter.Apply(w.plan)
		w.scrape()
		w.asks(3)

		time.Sleep(15 * time.Minute)
		start := time.Now()
		got := w.scrape()
		if waited := time.Since(start); waited != 0 {
			t.Errorf("waited %v for what can't come", waited)
		}
		w.asks(1)
		w.has(got,
			`realtimekit_exporter_api_blocked_until_timestamp_seconds{account_id="`+account+`"} 9.47509201e+08`, // 13:00:01
			`realtimekit_exporter_api_budget_remaining_requests{account_id="`+account+`"} 0`,
			`realtimekit_exporter_api_blocked_until_timestamp_seconds{account_id="`+other+`"} 0`,
			`realtimekit_report_failures_total{app="main-stage",reason="rate_limited",report="livestreams"} 1`,
			`realtimekit_report_up{app="studio",report="livestreams"} 1`)

		w.exporter.Apply(w.plan) // a reload does not end it
		w.scrape()
		w.asks(0)
		time.Sleep(45 * time.Minute) // and what waits leaves by itself when it ends
		synctest.Wait()
		w.asks(2)
	})
}

func TestReplacedToken_IsNotPaused(t *testing.T) {
	inWorld(t, func(w *world) {
		w.sim.Override(stage+"-id", apitest.Slow(time.Second, apitest.Status(429, nil, "")))
		w.sim.Override(studio+"-id", apitest.Status(401, nil, ""))
		w.scrape()
		w.asks(2)
		w.sim.Override(stage+"-id", nil)
		w.sim.Override(studio+"-id", nil)
		w.sim.AddToken("rotated", account)
		w.tokens[account] = "rotated"
		got := w.scrape()
		w.has(got, `realtimekit_report_up{app="main-stage",report="livestreams"} 1`, `realtimekit_report_up{app="studio",report="livestreams"} 1`)
		for _, r := range w.sim.Requests() {
			if r.Token != "rotated" {
				t.Errorf("sent the token %q", r.Token)
			}
		}
		w.asks(2)
	})
}

func TestReplacedToken_ReleasesWaiters(t *testing.T) {
	inWorld(t, func(w *world) {
		for _, app := range []string{stage, studio} {
			w.sim.Override(app+"-id", apitest.Status(429, map[string][]string{"Retry-After": {"3600"}}, ""))
		}
		w.scrape()
		time.Sleep(15 * time.Minute)
		w.scrape() // both wait now, for the pause to end
		w.sim.ResetRequests()
		w.sim.Override(stage+"-id", nil)
		w.sim.Override(studio+"-id", nil)
		w.sim.AddToken("rotated", account)
		w.tokens[account] = "rotated"
		w.has(w.scrape(), `realtimekit_report_up{app="main-stage",report="livestreams"} 1`, `realtimekit_report_up{app="studio",report="livestreams"} 1`)
		w.asks(2)
	})
}

func TestReplacedToken_IsCharged(t *testing.T) {
	inWorld(t, func(w *world) {
		w.sim.AddToken("rotated", account)
		reads := 0
		w.plan.Accounts[0].Apps = w.plan.Accounts[0].Apps[:1]
		w.plan.Accounts[0].Token = func() (api.Secret, error) {
			if reads++; reads < 3 { // by the reload and the scrape, before the request
				return "secret", nil
			}
			return "rotated", nil
		}
		w.exporter.Apply(w.plan)
		w.has(w.scrape(),
			`realtimekit_report_up{app="main-stage",report="livestreams"} 1`,
			`realtimekit_exporter_api_budget_remaining_requests{account_id="`+account+`"} 99`)
	})
}
