package collector_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
)

const otherAccount = "11111111111111111111111111111111"

// addOtherAccount adds an account with the token "other" and the app "other".
func (w *world) addOtherAccount() {
	w.tokens[otherAccount] = "other"
	w.sim.AddToken("other", otherAccount)
	w.sim.AddEmptyApp(otherAccount, "other-id")
	w.plan.Accounts = append(w.plan.Accounts, w.account(otherAccount, "other"))
}

func TestToken_MissingIsReportedAndRecovers(t *testing.T) {
	inWorld(t, func(w *world) {
		w.tokens[account] = ""
		w.exporter.Apply(w.plan)
		got := w.scrape()
		w.asks(0)
		w.has(got,
			`realtimekit_report_up{app="main-stage",report="livestreams"} 0`,
			`realtimekit_report_failures_total{app="main-stage",reason="token",report="livestreams"} 1`,
			`realtimekit_exporter_api_budget_remaining_requests{account_id="`+account+`"} 0`)
		if n := len(samples(got, "api_requests_total{")); n != 0 {
			t.Errorf("%d kinds of requests counted, but nothing was sent", n)
		}
		w.scrape()
		if text := w.log.String(); strings.Count(text, `msg="no usable token" account_id=`+account+` err="api_token_file /run/secrets/token does not exist"`) != 1 ||
			!strings.Contains(text, `reason=token err="api_token_file /run/secrets/token does not exist"`) {
			t.Errorf("log: %s", text)
		}
		w.tokens[account] = "secret"
		w.scrape() // notices the token, in the background
		w.has(w.scrape(), `realtimekit_report_up{app="main-stage",report="livestreams"} 1`)
		w.asks(2)
	})
}

func TestTokenPause_AffectsOnlyTheTokenWithThe429(t *testing.T) {
	inWorld(t, func(w *world) {
		w.addOtherAccount()
		w.sim.Override(stage+"-id", apitest.Slow(time.Second, apitest.Status(429, map[string][]string{"Retry-After": {"3600"}}, "")))
		w.exporter.Apply(w.plan)
		w.scrape()
		w.asks(3)

		time.Sleep(15 * time.Minute)
		start := time.Now()
		got := w.scrape()
		if waited := time.Since(start); waited != 0 {
			t.Errorf("the scrape took %v though no response can arrive", waited)
		}
		w.asks(1)
		w.has(got,
			`realtimekit_exporter_api_blocked_until_timestamp_seconds{account_id="`+account+`"} 9.47509201e+08`, // 13:00:01
			`realtimekit_exporter_api_budget_remaining_requests{account_id="`+account+`"} 0`,
			`realtimekit_exporter_api_blocked_until_timestamp_seconds{account_id="`+otherAccount+`"} 0`,
			`realtimekit_report_failures_total{app="main-stage",reason="rate_limited",report="livestreams"} 1`,
			`realtimekit_report_up{app="studio",report="livestreams"} 1`)

		w.exporter.Apply(w.plan) // does not end the pause
		w.scrape()
		w.asks(0)
		time.Sleep(45 * time.Minute) // then the waiting requests are sent
		synctest.Wait()
		w.asks(2)
	})
}

func TestTokenChange_EndsPauseAndBackoff(t *testing.T) {
	inWorld(t, func(w *world) {
		w.sim.Override(stage+"-id", apitest.Slow(time.Second, apitest.Status(429, nil, "")))
		w.sim.Override(studio+"-id", apitest.Status(401, nil, ""))
		w.scrape()
		w.asks(2)
		w.sim.Override(stage+"-id", nil)
		w.sim.Override(studio+"-id", nil)
		w.sim.AddToken("rotated", account)
		w.tokens[account] = "rotated"
		w.scrape() // notices the new token, in the background
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

func TestTokenChange_ReleasesWaitingRequests(t *testing.T) {
	inWorld(t, func(w *world) {
		for _, app := range []string{stage, studio} {
			w.sim.Override(app+"-id", apitest.Status(429, map[string][]string{"Retry-After": {"3600"}}, ""))
		}
		w.scrape()
		time.Sleep(15 * time.Minute)
		w.scrape() // both requests wait now for the pause to end
		w.sim.ResetRequests()
		w.sim.Override(stage+"-id", nil)
		w.sim.Override(studio+"-id", nil)
		w.sim.AddToken("rotated", account)
		w.tokens[account] = "rotated"
		w.scrape() // notices the new token, in the background
		for _, r := range w.sim.Requests() {
			if r.Token != "rotated" {
				t.Errorf("sent the token %q", r.Token)
			}
		}
		w.asks(2)
		w.has(w.scrape(),
			`realtimekit_report_up{app="main-stage",report="livestreams"} 1`,
			`realtimekit_report_up{app="studio",report="livestreams"} 1`,
			`realtimekit_exporter_api_budget_remaining_requests{account_id="`+account+`"} 98`)
		w.asks(0)
	})
}
