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

// status is what is known now of the report of an app.
func (w *world) status(app string) collector.ReportStatus {
	w.Helper()
	for _, r := range w.exporter.Status().Reports {
		if r.App.Name == app {
			return r
		}
	}
	w.Fatalf("no status of %s", app)
	panic("unreachable")
}

// token is what is known now of the only token.
func (w *world) token() collector.TokenStatus {
	w.Helper()
	tokens := w.exporter.Status().Tokens
	if len(tokens) != 1 {
		w.Fatalf("%d tokens, want 1: %+v", len(tokens), tokens)
	}
	return tokens[0]
}

// told is a status in a line: of what time the answer is and what it is worth, how
// the last request failed, and when the next comes.
func told(r collector.ReportStatus) string {
	clock := func(t time.Time) string { return t.UTC().Format("2 15:04:05") }
	s := "no answer"
	if !r.LastSuccess.IsZero() {
		s = fmt.Sprintf("%d rows at %s", r.Rows, clock(r.LastSuccess))
		switch {
		case r.Fresh && r.Exposed:
			s += ", fresh"
		case r.Exposed:
			s += ", due"
		default:
			s += ", not shown"
		}
	}
	if f := r.Failure; f != nil {
		s += fmt.Sprintf("; %d × %s at %s", f.Times, f.Reason, clock(f.At))
	}
	if r.Fetching {
		s += "; asking"
	}
	if !r.NotBefore.IsZero() {
		s += ", held until " + clock(r.NotBefore.Round(time.Second))
	}
	if !r.Due.IsZero() {
		s += "; next from " + clock(r.Due.Round(time.Second))
	}
	return s
}

func (w *world) tells(app, want string) {
	w.Helper()
	if got := told(w.status(app)); got != want {
		w.Errorf("%s: got %q, want %q", app, got, want)
	}
}

// dueAge is how old the answer of the stage may grow before it is due.
func (w *world) dueAge() time.Duration {
	w.Helper()
	r := w.status(stage)
	age := r.Due.Sub(r.LastSuccess)
	if age > w.plan.TTL || age < w.plan.TTL*9/10 {
		w.Errorf("due at an age of %v, want the TTL less up to a tenth", age)
	}
	return age
}

func TestStatus_EveryStateOfAnApp(t *testing.T) {
	inWorld(t, func(w *world) {
		w.sim.Override(stage+"-id", apitest.Slow(12*time.Second, nil))
		w.tells(stage, "no answer")
		if s := w.exporter.Status(); !s.Scraped.IsZero() || !s.At.Equal(time.Now()) {
			t.Errorf("scraped at %v, status of %v", s.Scraped, s.At)
		}
		w.asks(0)

		w.scrape()
		w.tells(stage, "no answer; asking")
		time.Sleep(5 * time.Second)
		due := w.dueAge()
		from := func(d time.Duration) string { return time.Now().Add(d).Round(time.Second).UTC().Format("2 15:04:05") }
		w.tells(stage, "3 rows at 10 12:00:00, fresh; next from "+from(due-15*time.Second))
		if s := w.exporter.Status(); time.Since(s.Scraped) != 15*time.Second {
			t.Errorf("the last scrape was %v ago, want 15 s", time.Since(s.Scraped))
		}

		time.Sleep(15 * time.Minute)
		w.tells(stage, "3 rows at 10 12:00:00, due")
		w.asks(2)

		w.sim.Override(stage+"-id", apitest.Status(500, nil, ""))
		w.scrape()
		w.tells(stage, "3 rows at 10 12:00:00, due; 1 × server at 10 12:15:15; next from 10 12:15:30")
		for range 2 {
			time.Sleep(30 * time.Second)
			w.scrape()
		}
		w.tells(stage, "3 rows at 10 12:00:00, due; 3 × server at 10 12:16:15; next from 10 12:17:15")
		if err := w.status(stage).Failure.Err; err.Error() != "the API failed: wait, and check Cloudflare's status page if it persists (HTTP 500)" {
			t.Errorf("the failure is %v", err)
		}
		w.exporter.Apply(w.plan) // forgives, and does not forget why
		w.tells(stage, "3 rows at 10 12:00:00, due; 3 × server at 10 12:16:15")

		time.Sleep(72 * time.Hour)
		w.tells(stage, "2 rows at 10 12:00:00, not shown; 3 × server at 10 12:16:15")
		w.sim.Override(stage+"-id", nil)
		w.scrape()
		w.tells(stage, "2 rows at 13 12:16:15, fresh; next from "+from(w.dueAge()))
		w.plan.Accounts[0].Apps = w.plan.Accounts[0].Apps[1:]
		w.exporter.Apply(w.plan)
		if reports := w.exporter.Status().Reports; len(reports) != 1 || reports[0].App.Name != studio {
			t.Errorf("got %+v", reports)
		}
	})
}

func TestStatus_DueAtMidnight(t *testing.T) {
	inWorld(t, func(w *world) {
		time.Sleep(11*time.Hour + 55*time.Minute)
		w.scrape()
		w.tells(stage, "3 rows at 10 23:55:00, fresh; next from 11 00:00:00")
		time.Sleep(5 * time.Minute)
		w.tells(stage, "3 rows at 10 23:55:00, due")
	})
}

func TestStatus_DaysAreThoseOfAScrape(t *testing.T) {
	inWorld(t, func(w *world) {
		days := func(app string) string {
			r := w.status(app)
			var all []string
			for _, d := range r.Days() {
				d.Values = slices.DeleteFunc(d.Values, math.IsNaN)
				all = append(all, fmt.Sprintf("%d%v", d.Date.Day(), d.Values))
			}
			return strings.Join(all, " ")
		}
		const nothing = "6[] 7[] 8[] 9[] 10[]"
		if got := days(stage); got != nothing {
			t.Errorf("before any answer: %s", got)
		}
		w.scrape()
		if got, want := days(stage), "6[] 7[3 5400 86400] 8[0 0 0] 9[1 60 0] 10[2 3600 7200]"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		time.Sleep(12 * time.Hour) // a new day, that the answer does not cover
		if got, want := days(stage), "7[3 5400 86400] 8[0 0 0] 9[1 60 0] 10[2 3600 7200] 11[]"; got != want {
			t.Errorf("after midnight: got %s, want %s", got, want)
		}
		if got, want := days(studio), "7[0 0 0] 8[0 0 0] 9[0 0 0] 10[0 0 0] 11[]"; got != want {
			t.Errorf("a row that left the window: got %s, want %s", got, want)
		}
		time.Sleep(60 * time.Hour) // max_stale
		if got, want := days(stage), "9[] 10[] 11[] 12[] 13[]"; got != want {
			t.Errorf("too old: got %s, want %s", got, want)
		}
		w.day(studio, "2000-01-06", 0, 0, 0)
		w.scrape()
		if got, want := days(studio), "9[] 10[] 11[] 12[] 13[]"; got != want {
			t.Errorf("an answer without rows: got %s, want %s", got, want)
		}
	})
}

func TestStatus_PausedAfter429(t *testing.T) {
	inWorld(t, func(w *world) {
		w.sim.Override(stage+"-id", apitest.Slow(time.Second, apitest.Status(429, map[string][]string{"Retry-After": {"1800"}}, "")))
		w.scrape()
		until := time.Now().Add(30 * time.Minute)
		if token := w.token(); !token.PausedUntil.Equal(until) || token.Remaining != 0 || token.Sent != 2 || token.Waiting != 0 {
			t.Errorf("got %+v, want a pause until %v", token, until)
		}
		w.tells(stage, "no answer; 1 × rate_limited at 10 12:00:01; next from 10 12:00:16")
		time.Sleep(15 * time.Second)
		w.scrape()
		w.tells(stage, "no answer; 1 × rate_limited at 10 12:00:01; asking, held until 10 12:30:01")
		if token := w.token(); token.Waiting != 1 {
			t.Errorf("%d wait, want 1", token.Waiting)
		}
		time.Sleep(5 * time.Minute)
		if token := w.token(); token.Sent != 0 {
			t.Errorf("%d left in the last 5 minutes, want none", token.Sent)
		}
		w.sim.Override(stage+"-id", nil)
		time.Sleep(25 * time.Minute)
		synctest.Wait()
		if token := w.token(); !token.PausedUntil.IsZero() || token.Waiting != 0 || token.Sent != 1 || token.Remaining != 100 {
			t.Errorf("after the pause: %+v", token)
		}
	})
}

func TestStatus_WaitingForTheBudget(t *testing.T) {
	inWorld(t, func(w *world) {
		w.plan.Limit = collector.Limit{Requests: 3, Per: time.Hour} // one at once, then one every half hour
		w.exporter.Apply(w.plan)
		w.scrape()
		synctest.Wait()
		var held int
		for _, app := range []string{stage, studio} {
			if r := w.status(app); r.Fetching {
				held++
				w.tells(app, "no answer; asking, held until 10 12:30:00")
			}
		}
		if token := w.token(); held != 1 || token.Sent != 1 || token.Waiting != 1 || token.Remaining != 0 || token.Needs < 8 || token.Needs > 9 {
			t.Errorf("%d held, %+v", held, token)
		}
		time.Sleep(30*time.Minute + time.Second)
		if token := w.token(); token.Sent != 2 || token.Waiting != 0 {
			t.Errorf("half an hour later: %+v", token)
		}
	})
}

func TestStatus_AccountsWithTheSameToken(t *testing.T) {
	inWorld(t, func(w *world) {
		w.tokens = map[string]string{account: "secret", "second": "other", "third": "secret", "fourth": "", "fifth": ""}
		for _, id := range []string{"second", "third", "fourth", "fifth"} {
			w.sim.AddToken(w.tokens[id], id)
			w.sim.AddEmptyApp(id, id+"-app-id")
			w.plan.Accounts = append(w.plan.Accounts, w.account(id, id+"-app"))
		}
		w.exporter.Apply(w.plan)
		w.scrape()
		type told struct {
			accounts  string
			apps      int
			left      int
			remaining int
			err       string
		}
		var got []told
		for _, token := range w.exporter.Status().Tokens {
			got = append(got, told{strings.Join(token.Accounts, " "), token.Apps, token.Sent, token.Remaining, fmt.Sprint(token.Err)})
			if want := w.plan.Requests(token.Apps); token.Needs != want {
				t.Errorf("needs %v, want %v", token.Needs, want)
			}
		}
		const missing = "api_token_file /run/secrets/token does not exist"
		want := []told{
			{account + " third", 3, 3, 97, "<nil>"},
			{"second", 1, 1, 99, "<nil>"},
			{"fourth", 1, 0, 0, missing},
			{"fifth", 1, 0, 0, missing},
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, want %+v", got, want)
		}
		text := fmt.Sprintf("%+v %#v", w.exporter.Status(), w.exporter.Status())
		if text = strings.ReplaceAll(text, "/run/secrets/", ""); strings.Contains(text, "secret") || strings.Contains(text, "other") {
			t.Errorf("a token is in it: %s", text)
		}
		w.tells("fourth-app", "no answer; 1 × token at 10 12:00:00; next from 10 12:00:15")
	})
}

func TestStatus_NeitherFetchesNorWaits(t *testing.T) {
	inWorld(t, func(w *world) {
		var reads atomic.Int64
		w.plan.Accounts[0].Token = func(context.Context) (api.Secret, error) { reads.Add(1); return "secret", nil }
		w.exporter.Apply(w.plan)
		w.sim.Override(stage+"-id", apitest.Hang())
		for range 3 {
			synctest.Wait()
			before, start := reads.Load(), time.Now()
			w.exporter.Status()
			synctest.Wait()
			if reads.Load() != before || !time.Now().Equal(start) {
				t.Errorf("it read the token %d times and took %v", reads.Load()-before, time.Since(start))
			}
			w.asks(0)
			ctx, cancel := context.WithTimeout(w.Context(), time.Second)
			w.exporter.Snapshot(ctx)
			cancel()
			time.Sleep(20 * time.Minute) // by now all is due
			w.sim.ResetRequests()
		}
	})
}
