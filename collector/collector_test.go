package collector_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector"
)

func TestEveryDayThatTheAnswersCoverIsShown(t *testing.T) {
	inWorld(t, func(w *world) { w.golden("days") })
}

func TestBeforeAnyAnswerTheDaysAreLeftOut(t *testing.T) {
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

func TestWhileOneAppFailsItsDaysAndTheOthersStay(t *testing.T) {
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
		const again = `level=info msg="report answered again" app=main-stage report=livestreams` + "\n"
		if w.log.String() != want+again {
			t.Errorf("log: got %s, want %s", &w.log, want+again)
		}
	})
}

func TestAnAnswerWithoutRowsShowsNoDays(t *testing.T) {
	inWorld(t, func(w *world) {
		w.day(studio, "2000-01-06", 0, 0, 0)
		got := w.scrape()
		if days := dates(got, "sessions", studio); days != "" {
			t.Errorf("shows %s", days)
		}
		w.has(got, `realtimekit_report_up{app="studio",report="livestreams"} 1`, `realtimekit_report_rows{app="studio",report="livestreams"} 0`)
	})
}

func TestAtMidnightTheWindowSlidesInAllFamiliesAtOnce(t *testing.T) {
	inWorld(t, func(w *world) {
		got := w.scrape()
		w.asks(2)
		before := map[string]string{stage: "07 08 09 10", studio: "06 07 08 09 10"}
		after := map[string]string{stage: "07 08 09 10", studio: "07 08 09 10"}
		shows := func(got string, want map[string]string, dateStarts string) {
			t.Helper()
			for app, days := range want {
				for _, family := range []string{"sessions", "ingest_seconds", "viewer_seconds"} {
					if shown := dates(got, family, app); shown != days {
						t.Errorf("%s of %s: got %s, want %s", family, app, shown, days)
					}
				}
			}
			if n := len(samples(got, "realtimekit_date_start_timestamp_seconds")); n != 5 || len(samples(got, "realtimekit_date_start", dateStarts)) != 1 {
				t.Errorf("got %d dates, want 5 with %s", n, dateStarts)
			}
		}
		shows(got, before, `"2000-01-06"`)

		// A second before midnight the answers are 5 minutes old.
		time.Sleep(12*time.Hour - 5*time.Minute - time.Second)
		w.scrape()
		w.asks(2)
		time.Sleep(5 * time.Minute)
		shows(w.scrape(), before, `"2000-01-06"`)
		w.asks(0)

		// Past midnight every report is due, and while nothing answers the new
		// day is not shown: nobody has said that it is 0.
		w.sim.Override(stage+"-id", apitest.Slow(20*time.Second, nil))
		w.sim.Override(studio+"-id", apitest.Slow(20*time.Second, nil))
		time.Sleep(time.Second)
		shows(w.scrape(), after, `"2000-01-11"`)
		w.asks(2)

		// The answer says that it is.
		time.Sleep(10 * time.Second)
		got = w.scrape()
		w.asks(0)
		shows(got, map[string]string{stage: "07 08 09 10 11", studio: ""}, `"2000-01-11"`)
		w.has(got, `realtimekit_livestream_daily_sessions{app="main-stage",date="2000-01-11"} 0`)
	})
}

func TestARequestThatCrossesMidnightIsAskedAgain(t *testing.T) {
	inWorld(t, func(w *world) {
		time.Sleep(12*time.Hour - 5*time.Second)
		w.sim.Override(stage+"-id", apitest.Slow(8*time.Second, nil))
		got := w.scrape() // its answer comes at 00:00:03, and is of the day before
		w.asks(2)
		w.has(got, `realtimekit_report_last_success_timestamp_seconds{app="main-stage",report="livestreams"} 9.47548795e+08`) // 23:59:55
		got = w.scrape()
		w.asks(2)
		w.has(got, `realtimekit_livestream_daily_sessions{app="main-stage",date="2000-01-11"} 0`)
	})
}

func TestAClockSetBackOrForwardAsksAgainAndKeepsAges(t *testing.T) {
	for _, step := range []time.Duration{-24 * time.Hour, 24 * time.Hour} {
		inWorld(t, func(w *world) {
			var off time.Duration
			clock := func() time.Time { return time.Now().Add(off) }
			w.registry = prometheus.NewRegistry()
			w.exporter = collector.New(w.Context(), log.NewNopLogger(), w.registry, clock)
			w.exporter.Apply(w.plan)
			w.scrape()
			w.asks(2)
			off = step
			w.sim.Override(stage+"-id", apitest.Slow(time.Minute, nil))
			got := w.scrape()
			w.asks(2) // the date has changed
			if shown, want := dates(got, "sessions", stage), map[bool]string{true: "07 08 09 10", false: "07 08 09"}[step > 0]; shown != want {
				t.Errorf("moved by %v it shows %s, want %s", step, shown, want)
			}
			w.scrape()
			w.asks(0)
		})
	}
}

func TestAnAnswerThatComesTooLateIsFoundByTheNextScrape(t *testing.T) {
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

func TestARestatedDayCorrectsItself(t *testing.T) {
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

func TestDaysStayUntilMaxStaleAndTheTimeOfTheLastSuccessForever(t *testing.T) {
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

func TestATimeoutIsAFailureOnlyOnceTheTimeIsUp(t *testing.T) {
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

func TestAMissingTokenIsAStateThatEndsByItself(t *testing.T) {
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

func TestA429PausesItsTokenAndNoOther(t *testing.T) {
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

func TestAnotherTokenEndsThePauseOfTheOldOne(t *testing.T) {
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

func TestAnotherTokenFreesWhatWaitsForTheOldOne(t *testing.T) {
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

func TestATokenReplacedAsTheRequestLeavesIsTheOneThatPays(t *testing.T) {
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

func TestAReloadAsksOnlyForWhatIsNew(t *testing.T) {
	inWorld(t, func(w *world) {
		w.scrape()
		w.asks(2)

		w.plan.Accounts = []collector.Account{w.account(account, stage, studio)}
		w.plan.Accounts[0].Apps[0].Name = "renamed"
		w.plan.Accounts[0].Apps = append(w.plan.Accounts[0].Apps, collector.App{ID: stage + "-id", Name: "filtered", Filters: "region=eu"})
		w.exporter.Apply(w.plan)
		got := w.scrape()
		if days := dates(got, "sessions", "renamed"); days != "07 08 09 10" {
			t.Errorf("the renamed app shows %s", days)
		}
		if old := samples(got, `app="main-stage"`); len(old) != 0 {
			t.Errorf("the old name is still there: %s", old)
		}
		requests := w.sim.Requests()
		if len(requests) != 1 || requests[0].Query.Get("filters") != "region=eu" {
			t.Errorf("asked %v, want only the new filter", requests)
		}
		w.sim.ResetRequests()

		w.plan.BaseURL = "https://elsewhere.example/client/v4"
		w.plan.Client = api.New(w.plan.BaseURL, w.sim.Client().Transport)
		w.exporter.Apply(w.plan)
		w.scrape()
		w.asks(3)
	})
}

func TestALargerWindowIsAskedForAtOnce(t *testing.T) {
	inWorld(t, func(w *world) {
		w.scrape()
		w.asks(2)
		w.plan.Days = 3
		w.exporter.Apply(w.plan)
		if days := dates(w.scrape(), "sessions", studio); days != "08 09 10" {
			t.Errorf("a smaller window shows %s", days)
		}
		w.asks(0)
		w.plan.Days = 7
		w.exporter.Apply(w.plan)
		if days := dates(w.scrape(), "sessions", stage); days != "04 05 06 07 08 09 10" {
			t.Errorf("a larger window shows %s", days)
		}
		w.asks(2)
	})
}

func TestAReloadEndsTheWaitAfterAFailure(t *testing.T) {
	inWorld(t, func(w *world) {
		w.sim.Override(stage+"-id", apitest.Status(500, nil, ""))
		w.scrape()
		w.asks(2)
		w.scrape()
		w.asks(0)
		w.exporter.Apply(w.plan)
		w.scrape()
		w.asks(1)
	})
}

func TestAReloadCallsOffWhatIsNoLongerWanted(t *testing.T) {
	inWorld(t, func(w *world) {
		w.sim.Override(stage+"-id", apitest.Hang())
		start := time.Now()
		time.AfterFunc(time.Second, func() {
			w.plan.Accounts = []collector.Account{w.account(account, studio)}
			w.exporter.Apply(w.plan)
		})
		w.scrape()
		if waited := time.Since(start); waited != time.Second {
			t.Errorf("waited %v, want until the reload", waited)
		}
		if got := samples(w.scrape(), `"main-stage"`); len(got) != 0 {
			t.Errorf("still shows %v", got)
		}
		if w.log.Len() > 0 {
			t.Errorf("logged %s", &w.log)
		}
	})
}

func TestApplyingAPlanCountsItsSeries(t *testing.T) {
	inWorld(t, func(w *world) {
		for day := 6; day <= 10; day++ {
			w.day(stage, time.Date(2000, 1, day, 0, 0, 0, 0, time.UTC).Format(time.DateOnly), 1, 1, 1)
		}
		n, err := testutil.GatherAndCount(w.gatherer(),
			"realtimekit_livestream_daily_sessions", "realtimekit_livestream_daily_ingest_seconds", "realtimekit_livestream_daily_viewer_seconds",
			"realtimekit_date_start_timestamp_seconds", "realtimekit_app_info", "realtimekit_report_up", "realtimekit_report_rows",
			"realtimekit_report_last_success_timestamp_seconds", "realtimekit_report_failures_total",
			"realtimekit_exporter_api_blocked_until_timestamp_seconds", "realtimekit_exporter_api_budget_requests", "realtimekit_exporter_api_budget_remaining_requests")
		if err != nil || n != w.plan.Series() {
			t.Errorf("got %d series, %v; the plan says %d", n, err, w.plan.Series())
		}
	})
}
