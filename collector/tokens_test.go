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
func (f *fixture) addOtherAccount() {
	f.tokens[otherAccount] = "other"
	f.sim.AddToken("other", otherAccount)
	f.sim.AddEmptyApp(otherAccount, "other-id")
	f.plan.Accounts = append(f.plan.Accounts, f.account(otherAccount, "other"))
}

func TestToken_MissingIsReportedAndRecovers(t *testing.T) {
	withFixture(t, func(f *fixture) {
		f.tokens[account] = ""
		f.exporter.Apply(f.plan)
		got := f.scrape()
		f.expectRequests(0)
		f.expectLines(got,
			`realtimekit_report_up{app="main-stage",report="livestreams"} 0`,
			`realtimekit_report_failures_total{app="main-stage",reason="token",report="livestreams"} 1`,
			`realtimekit_exporter_api_budget_remaining_requests{account_id="`+account+`"} 0`)
		if n := len(samples(got, "api_requests_total{")); n != 0 {
			t.Errorf("%d kinds of requests counted, but nothing was sent", n)
		}
		f.scrape()
		if text := f.log.String(); strings.Count(text, `msg="no usable token" account_id=`+account+` err="api_token_file /run/secrets/token does not exist"`) != 1 ||
			!strings.Contains(text, `reason=token err="api_token_file /run/secrets/token does not exist"`) {
			t.Errorf("log: %s", text)
		}
		f.tokens[account] = "secret"
		f.scrape() // notices the token, in the background
		f.expectLines(f.scrape(), `realtimekit_report_up{app="main-stage",report="livestreams"} 1`)
		f.expectRequests(2)
	})
}

func TestTokenPause_AffectsOnlyTheTokenWithThe429(t *testing.T) {
	withFixture(t, func(f *fixture) {
		f.addOtherAccount()
		f.sim.Override(mainStage+"-id", apitest.Slow(time.Second, apitest.Status(429, map[string][]string{"Retry-After": {"3600"}}, "")))
		f.exporter.Apply(f.plan)
		f.scrape()
		f.expectRequests(3)

		time.Sleep(15 * time.Minute)
		start := time.Now()
		got := f.scrape()
		if waited := time.Since(start); waited != 0 {
			t.Errorf("the scrape took %v though no response can arrive", waited)
		}
		f.expectRequests(1)
		f.expectLines(got,
			`realtimekit_exporter_api_blocked_until_timestamp_seconds{account_id="`+account+`"} 9.47509201e+08`, // 13:00:01
			`realtimekit_exporter_api_budget_remaining_requests{account_id="`+account+`"} 0`,
			`realtimekit_exporter_api_blocked_until_timestamp_seconds{account_id="`+otherAccount+`"} 0`,
			`realtimekit_report_failures_total{app="main-stage",reason="rate_limited",report="livestreams"} 1`,
			`realtimekit_report_up{app="studio",report="livestreams"} 1`)

		f.exporter.Apply(f.plan) // does not end the pause
		f.scrape()
		f.expectRequests(0)
		time.Sleep(45 * time.Minute) // then the waiting requests are sent
		synctest.Wait()
		f.expectRequests(2)
	})
}

func TestTokenChange_EndsPauseAndBackoff(t *testing.T) {
	withFixture(t, func(f *fixture) {
		f.sim.Override(mainStage+"-id", apitest.Slow(time.Second, apitest.Status(429, nil, "")))
		f.sim.Override(studio+"-id", apitest.Status(401, nil, ""))
		f.scrape()
		f.expectRequests(2)
		f.sim.Override(mainStage+"-id", nil)
		f.sim.Override(studio+"-id", nil)
		f.sim.AddToken("rotated", account)
		f.tokens[account] = "rotated"
		f.scrape() // notices the new token, in the background
		got := f.scrape()
		f.expectLines(got, `realtimekit_report_up{app="main-stage",report="livestreams"} 1`, `realtimekit_report_up{app="studio",report="livestreams"} 1`)
		for _, r := range f.sim.Requests() {
			if r.Token != "rotated" {
				t.Errorf("sent the token %q", r.Token)
			}
		}
		f.expectRequests(2)
	})
}

func TestTokenChange_ReleasesWaitingRequests(t *testing.T) {
	withFixture(t, func(f *fixture) {
		for _, app := range []string{mainStage, studio} {
			f.sim.Override(app+"-id", apitest.Status(429, map[string][]string{"Retry-After": {"3600"}}, ""))
		}
		f.scrape()
		time.Sleep(15 * time.Minute)
		f.scrape() // both requests wait now for the pause to end
		f.sim.ResetRequests()
		f.sim.Override(mainStage+"-id", nil)
		f.sim.Override(studio+"-id", nil)
		f.sim.AddToken("rotated", account)
		f.tokens[account] = "rotated"
		f.scrape() // notices the new token, in the background
		for _, r := range f.sim.Requests() {
			if r.Token != "rotated" {
				t.Errorf("sent the token %q", r.Token)
			}
		}
		f.expectRequests(2)
		f.expectLines(f.scrape(),
			`realtimekit_report_up{app="main-stage",report="livestreams"} 1`,
			`realtimekit_report_up{app="studio",report="livestreams"} 1`,
			`realtimekit_exporter_api_budget_remaining_requests{account_id="`+account+`"} 98`)
		f.expectRequests(0)
	})
}
