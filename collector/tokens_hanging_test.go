package collector_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector"
)

// hangingToken returns the token of a file on a file system that hangs
// until it is released, and the number of readings that wait for it.
func hangingToken(token api.Secret) (read func(context.Context) (api.Secret, error), release func(), waiting *atomic.Int64) {
	released := make(chan struct{})
	waiting = new(atomic.Int64)
	read = func(ctx context.Context) (api.Secret, error) {
		waiting.Add(1)
		defer waiting.Add(-1)
		select {
		case <-released:
			return token, nil
		case <-ctx.Done():
			return "", ctx.Err()
		case <-time.After(5 * time.Second):
			return "", errors.New("the file system hangs")
		}
	}
	return read, func() { close(released) }, waiting
}

func TestTokenRead_HangingForOneOfTwoAccounts(t *testing.T) {
	withFixture(t, func(f *fixture) {
		f.addOtherAccount()
		f.plan.MaxInFlight = 1
		read, release, waiting := hangingToken("secret")
		accounts := append([]collector.Account(nil), f.plan.Accounts...)
		accounts[0].Token = read
		f.plan.Accounts = accounts
		f.exporter.Apply(f.plan)
		start := time.Now()
		for i := range 40 {
			got := f.scrape()
			if i == 0 {
				requests := f.sim.Requests()
				if len(requests) != 1 || requests[0].AppID != "other-id" || !requests[0].Time.Equal(start) {
					t.Errorf("requests %v, want one for the other account at once", requests)
				}
				if took := time.Since(start); took > 5*time.Second {
					t.Errorf("the scrape took %v", took)
				}
				f.expectLines(got, `realtimekit_report_failures_total{app="main-stage",reason="token",report="livestreams"} 1`)
			}
			f.expectLines(got, `realtimekit_report_up{app="other",report="livestreams"} 1`, `realtimekit_report_up{app="main-stage",report="livestreams"} 0`)
			if n := waiting.Load(); n > 3 { // one for the account, one for each app
				t.Fatalf("%d readings wait after %d scrapes", n, i+1)
			}
			time.Sleep(time.Second)
		}
		if text := f.log.String(); strings.Count(text, `msg="no usable token"`) != 1 || !strings.Contains(text, "file system hangs") {
			t.Errorf("log: %s", text)
		}
		release()
		f.scrape()
		f.expectLines(f.scrape(), `realtimekit_report_up{app="main-stage",report="livestreams"} 1`)
	})
}

func TestTokenRead_NotOnThePathOfAScrape(t *testing.T) {
	withFixture(t, func(f *fixture) {
		f.scrape()
		read := func(ctx context.Context) (api.Secret, error) {
			<-ctx.Done() // not even the timeout works
			return "", ctx.Err()
		}
		f.plan.Accounts = []collector.Account{f.account(account, mainStage, studio)}
		f.plan.Accounts[0].Token = read
		start := time.Now()
		f.exporter.Apply(f.plan)
		for range 40 {
			f.expectLines(f.scrape(), `realtimekit_report_up{app="main-stage",report="livestreams"} 1`)
			f.exporter.Status()
		}
		if took := time.Since(start); took != 0 {
			t.Errorf("a reload and 40 scrapes took %v", took)
		}
	})
}

func TestToken_NotReadYetIsNoUsableToken(t *testing.T) {
	withFixture(t, func(f *fixture) {
		f.addOtherAccount()
		read, release, _ := hangingToken("other")
		f.plan.Accounts[1].Token = read
		f.exporter.Apply(f.plan)
		status := f.exporter.Status().Tokens[1]
		if status.Err == nil || status.Err.Error() != "the token has not been read yet" {
			t.Errorf("before: %v", status.Err)
		}
		release()
		synctest.Wait()
		if status := f.exporter.Status().Tokens[1]; status.Err != nil || status.Remaining != 100 {
			t.Errorf("after: %v, %d remaining", status.Err, status.Remaining)
		}
	})
}

func TestReload_IgnoresAReadingOfTheFormerTokenFile(t *testing.T) {
	withFixture(t, func(f *fixture) {
		f.sim.AddToken("new", account)
		read, release, _ := hangingToken("former")
		former := f.plan
		former.Accounts = []collector.Account{f.account(account, mainStage)}
		former.Accounts[0].Token = read
		f.exporter.Apply(former)
		f.tokens[account] = "new"
		f.exporter.Apply(f.plan) // before the reading ends
		f.scrape()
		release()
		synctest.Wait()
		for _, r := range f.sim.Requests() {
			if r.Token != "new" {
				t.Errorf("sent the token %q", r.Token)
			}
		}
		if status := f.exporter.Status().Tokens[0]; status.Err != nil || status.Remaining != 98 {
			t.Errorf("%+v, want the new token with 98 requests remaining", status)
		}
	})
}
