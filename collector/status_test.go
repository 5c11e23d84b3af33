package collector_test

import (
	"context"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector"
)

// status returns the current status of the report of an app.
func (f *fixture) status(app string) collector.ReportStatus {
	f.Helper()
	reports := f.exporter.Status().Reports
	i := slices.IndexFunc(reports, func(r collector.ReportStatus) bool { return r.App.Name == app })
	if i < 0 {
		f.Fatalf("no status of %s", app)
	}
	return reports[i]
}

// token returns the current status of the only token.
func (f *fixture) token() collector.TokenStatus {
	f.Helper()
	tokens := f.exporter.Status().Tokens
	if len(tokens) != 1 {
		f.Fatalf("%d tokens, want 1: %+v", len(tokens), tokens)
	}
	return tokens[0]
}

// describe formats a status in one line: the last successful response, how the last
// request failed, and when the next one is sent.
func describe(r collector.ReportStatus) string {
	clock := func(t time.Time) string { return t.UTC().Format("2 15:04:05") }
	s := "no response"
	if !r.LastSuccess.IsZero() {
		s = fmt.Sprintf("%d rows at %s", r.Rows, clock(r.LastSuccess))
		switch {
		case r.Fresh && r.Exposed:
			s += ", fresh"
		case r.Exposed:
			s += ", due"
		default:
			s += ", not exposed"
		}
	}
	if f := r.Failure; f != nil {
		s += fmt.Sprintf("; %d × %s at %s", f.Times, f.Reason, clock(f.At))
	}
	if r.Fetching {
		s += "; fetching"
	}
	if !r.NotBefore.IsZero() {
		s += ", not before " + clock(r.NotBefore.Round(time.Second))
	}
	if !r.Due.IsZero() {
		s += "; next from " + clock(r.Due.Round(time.Second))
	}
	return s
}

func (f *fixture) expectStatus(app, want string) {
	f.Helper()
	if got := describe(f.status(app)); got != want {
		f.Errorf("%s: got %q, want %q", app, got, want)
	}
}

// dueAge returns the age at which the response of mainStage is due.
func (f *fixture) dueAge() time.Duration {
	f.Helper()
	r := f.status(mainStage)
	age := r.Due.Sub(r.LastSuccess)
	if age > f.plan.TTL || age < f.plan.TTL*9/10 {
		f.Errorf("due at an age of %v, want the TTL less up to a tenth", age)
	}
	return age
}

func TestStatus_EveryStateOfAnApp(t *testing.T) {
	withFixture(t, func(f *fixture) {
		f.sim.Override(mainStage+"-id", apitest.Slow(12*time.Second, nil))
		f.expectStatus(mainStage, "no response")
		if s := f.exporter.Status(); !s.Scraped.IsZero() || !s.At.Equal(time.Now()) {
			t.Errorf("scraped at %v, status of %v", s.Scraped, s.At)
		}
		f.expectRequests(0)

		f.scrape()
		f.expectStatus(mainStage, "no response; fetching")
		time.Sleep(5 * time.Second)
		due := f.dueAge()
		from := func(d time.Duration) string { return time.Now().Add(d).Round(time.Second).UTC().Format("2 15:04:05") }
		f.expectStatus(mainStage, "3 rows at 10 12:00:00, fresh; next from "+from(due-15*time.Second))
		if s := f.exporter.Status(); time.Since(s.Scraped) != 15*time.Second {
			t.Errorf("the last scrape was %v ago, want 15 s", time.Since(s.Scraped))
		}

		time.Sleep(15 * time.Minute)
		f.expectStatus(mainStage, "3 rows at 10 12:00:00, due")
		f.expectRequests(2)

		f.sim.Override(mainStage+"-id", apitest.Status(500, nil, ""))
		f.scrape()
		f.expectStatus(mainStage, "3 rows at 10 12:00:00, due; 1 × server at 10 12:15:15; next from 10 12:15:30")
		for range 2 {
			time.Sleep(30 * time.Second)
			f.scrape()
		}
		f.expectStatus(mainStage, "3 rows at 10 12:00:00, due; 3 × server at 10 12:16:15; next from 10 12:17:15")
		if err := f.status(mainStage).Failure.Err; err.Error() != "the API failed: wait, and check Cloudflare's status page if it persists (HTTP 500)" {
			t.Errorf("the failure is %v", err)
		}
		f.exporter.Apply(f.plan) // resets the backoff and keeps the failure
		f.expectStatus(mainStage, "3 rows at 10 12:00:00, due; 3 × server at 10 12:16:15")

		time.Sleep(72 * time.Hour)
		f.expectStatus(mainStage, "2 rows at 10 12:00:00, not exposed; 3 × server at 10 12:16:15")
		f.sim.Override(mainStage+"-id", nil)
		f.scrape()
		f.expectStatus(mainStage, "2 rows at 13 12:16:15, fresh; next from "+from(f.dueAge()))
		f.plan.Accounts[0].Apps = f.plan.Accounts[0].Apps[1:]
		f.exporter.Apply(f.plan)
		if reports := f.exporter.Status().Reports; len(reports) != 1 || reports[0].App.Name != studio {
			t.Errorf("got %+v", reports)
		}
	})
}

func TestStatus_DueAtMidnight(t *testing.T) {
	withFixture(t, func(f *fixture) {
		time.Sleep(11*time.Hour + 55*time.Minute)
		f.scrape()
		f.expectStatus(mainStage, "3 rows at 10 23:55:00, fresh; next from 11 00:00:00")
		time.Sleep(5 * time.Minute)
		f.expectStatus(mainStage, "3 rows at 10 23:55:00, due")
	})
}

func TestStatus_DaysAreThoseOfAScrape(t *testing.T) {
	withFixture(t, func(f *fixture) {
		days := func(app string) string {
			r := f.status(app)
			var all []string
			for _, d := range r.Lines() {
				d.Values = slices.DeleteFunc(d.Values, math.IsNaN)
				all = append(all, fmt.Sprintf("%s%v", strings.TrimPrefix(d.Label[len("2000-01-"):], "0"), d.Values))
			}
			return strings.Join(all, " ")
		}
		const nothing = "6[] 7[] 8[] 9[] 10[]"
		if got := days(mainStage); got != nothing {
			t.Errorf("before any response: %s", got)
		}
		f.scrape()
		if got, want := days(mainStage), "6[] 7[3 5400 86400] 8[0 0 0] 9[1 60 0] 10[2 3600 7200]"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		time.Sleep(12 * time.Hour) // a new day, which the response does not cover
		if got, want := days(mainStage), "7[3 5400 86400] 8[0 0 0] 9[1 60 0] 10[2 3600 7200] 11[]"; got != want {
			t.Errorf("after midnight: got %s, want %s", got, want)
		}
		if got, want := days(studio), "7[0 0 0] 8[0 0 0] 9[0 0 0] 10[0 0 0] 11[]"; got != want {
			t.Errorf("a row that left the window: got %s, want %s", got, want)
		}
		time.Sleep(60 * time.Hour) // max_stale
		if got, want := days(mainStage), "9[] 10[] 11[] 12[] 13[]"; got != want {
			t.Errorf("too old: got %s, want %s", got, want)
		}
		f.day(studio, "2000-01-06", 0, 0, 0)
		f.scrape()
		if got, want := days(studio), "9[] 10[] 11[] 12[] 13[]"; got != want {
			t.Errorf("a response without rows: got %s, want %s", got, want)
		}
	})
}

func TestStatus_PausedAfter429(t *testing.T) {
	withFixture(t, func(f *fixture) {
		f.sim.Override(mainStage+"-id", apitest.Slow(time.Second, apitest.Status(429, map[string][]string{"Retry-After": {"1800"}}, "")))
		f.scrape()
		until := time.Now().Add(30 * time.Minute)
		if token := f.token(); !token.PausedUntil.Equal(until) || token.Remaining != 0 || token.Sent != 2 || token.Waiting != 0 {
			t.Errorf("got %+v, want a pause until %v", token, until)
		}
		f.expectStatus(mainStage, "no response; 1 × rate_limited at 10 12:00:01; next from 10 12:00:16")
		time.Sleep(15 * time.Second)
		f.scrape()
		f.expectStatus(mainStage, "no response; 1 × rate_limited at 10 12:00:01; fetching, not before 10 12:30:01")
		if token := f.token(); token.Waiting != 1 {
			t.Errorf("%d wait, want 1", token.Waiting)
		}
		time.Sleep(5 * time.Minute)
		if token := f.token(); token.Sent != 0 {
			t.Errorf("%d left in the last 5 minutes, want none", token.Sent)
		}
		f.sim.Override(mainStage+"-id", nil)
		time.Sleep(25 * time.Minute)
		synctest.Wait()
		if token := f.token(); !token.PausedUntil.IsZero() || token.Waiting != 0 || token.Sent != 1 || token.Remaining != 100 {
			t.Errorf("after the pause: %+v", token)
		}
	})
}

func TestStatus_WaitingForTheBudget(t *testing.T) {
	withFixture(t, func(f *fixture) {
		f.plan.Limit = collector.Limit{Requests: 3, Per: time.Hour} // one at once, then one every half hour
		f.exporter.Apply(f.plan)
		f.scrape()
		synctest.Wait()
		var held int
		for _, app := range []string{mainStage, studio} {
			if r := f.status(app); r.Fetching {
				held++
				f.expectStatus(app, "no response; fetching, not before 10 12:30:00")
			}
		}
		if token := f.token(); held != 1 || token.Sent != 1 || token.Waiting != 1 || token.Remaining != 0 || token.Needs < 8 || token.Needs > 9 {
			t.Errorf("%d held, %+v", held, token)
		}
		time.Sleep(30*time.Minute + time.Second)
		if token := f.token(); token.Sent != 2 || token.Waiting != 0 {
			t.Errorf("half an hour later: %+v", token)
		}
	})
}

func TestStatus_AccountsWithTheSameToken(t *testing.T) {
	withFixture(t, func(f *fixture) {
		f.tokens = map[string]string{account: "secret", "second": "other", "third": "secret", "fourth": "", "fifth": ""}
		for _, id := range []string{"second", "third", "fourth", "fifth"} {
			f.sim.AddToken(f.tokens[id], id)
			f.sim.AddEmptyApp(id, id+"-app-id")
			f.plan.Accounts = append(f.plan.Accounts, f.account(id, id+"-app"))
		}
		f.exporter.Apply(f.plan)
		f.scrape()
		type state struct {
			accounts  string
			apps      int
			left      int
			remaining int
			err       string
		}
		var got []state
		for _, token := range f.exporter.Status().Tokens {
			got = append(got, state{strings.Join(token.Accounts, " "), token.Apps, token.Sent, token.Remaining, fmt.Sprint(token.Err)})
			if want := f.plan.Requests(token.Apps); token.Needs != want {
				t.Errorf("needs %v, want %v", token.Needs, want)
			}
		}
		const missing = "api_token_file /run/secrets/token does not exist"
		want := []state{
			{account + " third", 3, 3, 97, "<nil>"},
			{"second", 1, 1, 99, "<nil>"},
			{"fourth", 1, 0, 0, missing},
			{"fifth", 1, 0, 0, missing},
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, want %+v", got, want)
		}
		text := fmt.Sprintf("%+v %#v", f.exporter.Status(), f.exporter.Status())
		if text = strings.ReplaceAll(text, "/run/secrets/", ""); strings.Contains(text, "secret") || strings.Contains(text, "other") {
			t.Errorf("a token is in it: %s", text)
		}
		f.expectStatus("fourth-app", "no response; 1 × token at 10 12:00:00; next from 10 12:00:15")
	})
}

func TestStatus_NeitherFetchesNorWaits(t *testing.T) {
	withFixture(t, func(f *fixture) {
		var reads atomic.Int64
		f.plan.Accounts[0].Token = func(context.Context) (api.Secret, error) { reads.Add(1); return "secret", nil }
		f.exporter.Apply(f.plan)
		f.sim.Override(mainStage+"-id", apitest.Hang())
		for range 3 {
			synctest.Wait()
			before, start := reads.Load(), time.Now()
			f.exporter.Status()
			synctest.Wait()
			if reads.Load() != before || !time.Now().Equal(start) {
				t.Errorf("it read the token %d times and took %v", reads.Load()-before, time.Since(start))
			}
			f.expectRequests(0)
			ctx, cancel := context.WithTimeout(f.Context(), time.Second)
			f.exporter.Snapshot(ctx)
			cancel()
			time.Sleep(20 * time.Minute) // by now all is due
			f.sim.ResetRequests()
		}
	})
}
