package statuspage_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-kit/log"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
	"github.com/realtimekit-exporter/realtimekit_exporter/cmd/realtimekit_exporter/internal/statuspage"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector"
)

func TestSummary(t *testing.T) {
	serverError := apitest.Status(500, nil, "")
	for name, c := range map[string]struct {
		prepare, test func(f *fixture)
		state         string
		want          string
	}{
		"before the first scrape": {
			test:  func(*fixture) {},
			state: "warn", want: "No app has a response yet. No scrape yet. Data is fetched only when the exporter is scraped: check that Prometheus scrapes it. Current time: 2000-01-10 12:00:00 UTC. This page sends no requests to the API.",
		},
		"healthy": {
			test:  func(f *fixture) { f.scrape(); <-time.After(3 * time.Minute) },
			state: "good", want: "Both apps are healthy. The oldest data is 3 minutes old. Current time: 2000-01-10 12:03:00 UTC. Last scrape: 3 minutes ago. This page",
		},
		"an app is failing": {
			test:  func(f *fixture) { f.api.Override("studio-id", serverError); f.scrape() },
			state: "bad", want: "1 of 2 apps is failing. studio (server) Current time",
		},
		"all apps are failing": {
			test:  func(f *fixture) { f.api.RemoveToken(validToken); f.scrape() },
			state: "bad", want: "Both apps are failing. main-stage (auth) studio (auth) Current time",
		},
		"an app without a response": {
			test:  func(f *fixture) { f.api.Override("studio-id", apitest.Hang()); f.scrape() },
			state: "warn", want: "1 of 2 apps has no response yet. Current time",
		},
		"no scrape for minutes": {
			test:  func(f *fixture) { f.scrape(); <-time.After(6 * time.Minute) },
			state: "warn", want: "Both apps are healthy. The oldest data is 6 minutes old. The last scrape was 6 minutes ago. Data is fetched only when the exporter is scraped: check that Prometheus is running and scrapes it.",
		},
		"no scrape for days": {
			test:  func(f *fixture) { f.scrape(); <-time.After(72 * time.Hour) },
			state: "bad", want: "Both apps have data that is too old to be shown. The last scrape was 3 days ago.",
		},
		"a single app": {
			prepare: func(f *fixture) { f.plan.Accounts[0].Apps = f.plan.Accounts[0].Apps[:1] },
			test:    func(f *fixture) { f.scrape(); <-time.After(time.Second) },
			state:   "good", want: "The app is healthy. The oldest data is 1 second old.",
		},
		"no apps": {
			prepare: func(f *fixture) { f.plan.Accounts = nil },
			test:    func(f *fixture) { f.scrape() },
			state:   "warn", want: "No apps are configured. Current time",
		},
		"paused after a 429": {
			test: func(f *fixture) {
				f.scrape()
				<-time.After(15 * time.Minute)
				f.api.Override("stage-id", apitest.Status(429, http.Header{"Retry-After": {"60"}}, ""))
				f.scrape()
			},
			state: "bad", want: "1 of 2 apps is failing. main-stage (rate_limited) Requests with 1 token are paused after a 429: see Tokens.",
		},
		"the last reload failed": {
			test:  func(f *fixture) { f.scrape(); f.config.Refused = errors.New("a problem") },
			state: "warn", want: "Both apps are healthy. The oldest data is less than a second old. The last reload failed. The previous configuration is still active: see Configuration.",
		},
		"more apps than the rate limit allows": {
			prepare: func(f *fixture) { f.plan.TTL, f.plan.Limit.Requests = time.Minute, 3 },
			test:    func(*fixture) {},
			state:   "warn", want: "The apps of 1 token need more requests than the rate limit allows: see Tokens.",
		},
		"a directory that does not exist": {
			prepare: func(f *fixture) { twoApps(f); f.plan.Directory = "/nonexistent" },
			test:    func(f *fixture) { f.scrape() },
			state:   "warn", want: "cache.directory cannot be used, so a restart loses all responses: /nonexistent: no such file or directory.",
		},
		"accounts without a token": {
			prepare: func(f *fixture) {
				f.plan.Accounts = []collector.Account{account("first", "", collector.App{ID: "a", Name: "a"}), account("second", "", collector.App{ID: "b", Name: "b"})}
			},
			test:  func(*fixture) {},
			state: "warn", want: "No requests are sent for 2 accounts without a usable token: see Tokens.",
		},
	} {
		t.Run(name, func(t *testing.T) {
			if c.prepare == nil {
				c.prepare = twoApps
			}
			run(t, c.prepare, func(f *fixture) {
				c.test(f)
				page := f.page("")
				f.contains(page, c.want)
				if !strings.Contains(page, `<section class="summary `+c.state+`"`) {
					f.Errorf("the state is not %s:\n%s", c.state, textOf(page))
				}
			})
		})
	}
}

func TestSummary_AppWithSeveralReportsCountsOnce(t *testing.T) {
	now := time.Date(2000, 1, 10, 12, 0, 0, 0, time.UTC)
	report := func(app, name string, fails bool) collector.ReportStatus {
		r := collector.ReportStatus{App: collector.App{ID: app, Name: app}, Report: name, LastSuccess: now} // too old to be shown
		if fails {
			r.Failure = &collector.Failure{Err: errors.New("a problem"), Reason: "auth", At: now}
		}
		return r
	}
	status := &collector.Status{
		At: now, Scraped: now, Limit: collector.Limit{Requests: 3, Per: time.Minute},
		Reports: []collector.ReportStatus{
			report("a", "first", false), report("a", "second", false), report("b", "first", false), report("b", "second", true),
			report("c", "first", true), report("c", "second", false), report("d", "first", true), report("d", "second", true),
		},
	}
	h, err := statuspage.New(func() *collector.Status { return status }, func() statuspage.Config { return statuspage.Config{} }, log.NewNopLogger())
	if err != nil {
		t.Fatal(err)
	}
	page := get(t, h, "").Body.String()
	f := &fixture{T: t}
	f.contains(page, "3 of 4 apps are failing. b (auth) c (auth) d (auth) Current time", "Report second, app b")
	for _, link := range []string{`<a href="status#app-3"><bdi>b</bdi>`, `<a href="status#app-4"><bdi>c</bdi>`, `<a href="status#app-6"><bdi>d</bdi>`} {
		if !strings.Contains(page, link) {
			t.Errorf("%s is not on the page", link)
		}
	}
	if got := len(cards(page)); got != 8 {
		t.Errorf("%d cards, want one for each of 8 reports", got)
	}
	page = get(t, h, "?app=b").Body.String()
	f.contains(page, "1 of 4 apps matches.")
	if got := len(cards(page)); got != 2 {
		t.Errorf("%d cards, want both reports of the app", got)
	}
}
