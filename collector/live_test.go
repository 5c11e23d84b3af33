package collector_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector"
)

// withReports runs a test with these reports.
func withReports(t *testing.T, run func(f *fixture), names ...string) {
	t.Helper()
	withFixture(t, func(f *fixture) {
		f.plan.Reports = collector.Reports(names...)
		f.exporter.Apply(f.plan)
		run(f)
	})
}

// live sets the live sessions of the main stage: the participants of each.
func (f *fixture) live(kind string, participants ...int64) {
	var sessions []apitest.Session
	for i, n := range participants {
		sessions = append(sessions, apitest.Session{ID: fmt.Sprint(i), Type: kind, Participants: n})
	}
	f.sim.SetLive(mainStage+"-id", sessions...)
}

// values returns the values of a live family by type.
func values(exposition, family, app string) string {
	var found []string
	for _, sample := range samples(exposition, family+"{", fmt.Sprintf("app=%q", app)) {
		_, sample, _ = strings.Cut(sample, `type="`)
		found = append(found, strings.Replace(sample, `"}`, "", 1))
	}
	return strings.Join(found, ", ")
}

func TestLive_Golden(t *testing.T) {
	withReports(t, func(f *fixture) {
		f.sim.SetLive(mainStage+"-id",
			apitest.Session{ID: "1", Type: "meeting", Participants: 3}, apitest.Session{ID: "2", Type: "meeting"},
			apitest.Session{ID: "3", Type: "livestream", Participants: 7}, apitest.Session{ID: "4", Type: "another", Participants: 1})
		f.sim.OverrideEndpoint(studio+"-id", apitest.Sessions, apitest.Status(500, nil, ""))
		f.golden("live")
	}, "live")
}

func TestLive_DueByItsOwnTTLAndNotAtMidnight(t *testing.T) {
	withReports(t, func(f *fixture) {
		time.Sleep(12*time.Hour - time.Minute)
		f.scrape()
		f.expectRequests(4)
		time.Sleep(90 * time.Second) // it is another day
		f.scrape()
		f.expectRequests(2)
		for _, r := range f.sim.Requests() {
			if r.Endpoint != apitest.LivestreamDays {
				t.Errorf("requested %s", r.Endpoint)
			}
		}
		f.live("meeting", 5)
		time.Sleep(30 * time.Second)
		if got := values(f.scrape(), "realtimekit_live_participants", mainStage); got != "livestream 0, meeting 5" {
			t.Errorf("got %s", got)
		}
		f.expectRequests(2)
	}, "livestreams", "live")
}

func TestLive_ShownForFiveTTLs(t *testing.T) {
	withReports(t, func(f *fixture) {
		f.live("livestream", 5, 6)
		f.scrape()
		f.sim.OverrideEndpoint(mainStage+"-id", apitest.Sessions, apitest.Reset())
		time.Sleep(10*time.Minute - time.Second)
		got := f.scrape()
		f.expectLines(got, `realtimekit_report_up{app="main-stage",report="live"} 0`, `realtimekit_report_up{app="main-stage",report="livestreams"} 1`)
		if got := values(got, "realtimekit_live_participants", mainStage); got != "livestream 11, meeting 0" {
			t.Errorf("after 5 TTLs less a second: %s", got)
		}
		time.Sleep(time.Second)
		got = f.scrape()
		if got := values(got, "realtimekit_live_sessions", mainStage); got != "" {
			t.Errorf("after 5 TTLs: %s", got)
		}
		f.expectLines(got, `realtimekit_report_last_success_timestamp_seconds{app="main-stage",report="live"} 9.475056e+08`,
			`realtimekit_report_up{app="studio",report="live"} 1`)
	}, "livestreams", "live")
}

// The time of a success is that of the first page.
func TestLive_SuccessIsWhenTheFirstPageWasRequested(t *testing.T) {
	withReports(t, func(f *fixture) {
		f.live("meeting", make([]int64, 250)...)
		f.sim.OverrideEndpoint(mainStage+"-id", apitest.Sessions, apitest.Slow(time.Second, nil))
		got := f.scrape()
		f.expectLines(got, `realtimekit_report_last_success_timestamp_seconds{app="main-stage",report="live"} 9.475056e+08`,
			`realtimekit_live_sessions{app="main-stage",type="meeting"} 250`,
			`realtimekit_exporter_api_requests_total{code="200"} 4`) // each page is charged
		if f.log.Len() > 0 {
			t.Errorf("logged %s", &f.log)
		}
	}, "live")
}

func TestLive_RequestsWaitBehindDailyOnes(t *testing.T) {
	withReports(t, func(f *fixture) {
		const apps = 8
		f.plan.Limit = collector.Limit{Requests: 3, Per: 2 * time.Second} // one immediately, then one per second
		f.plan.Accounts[0].Apps = nil
		for i := range apps {
			id := fmt.Sprint("app-", i)
			f.sim.AddEmptyApp(account, id)
			f.plan.Accounts[0].Apps = append(f.plan.Accounts[0].Apps, collector.App{ID: id, Name: id})
		}
		f.exporter.Apply(f.plan)
		f.scrape()
		time.Sleep(3 * apps * time.Second)
		var isLive []bool
		for _, r := range f.sim.Requests() {
			isLive = append(isLive, r.Endpoint == apitest.Sessions)
		}
		// The first one is sent before the others are queued.
		if len(isLive) != 3*apps || slices.Contains(isLive[1:2*apps], true) || slices.Contains(isLive[2*apps+1:], false) {
			t.Errorf("live requests, in the order in which they are sent: %v", isLive)
		}
	})
}

// Filters apply to livestreams only, so the other reports are requested once.
func TestReports_FiltersOnlyOfLivestreams(t *testing.T) {
	withReports(t, func(f *fixture) {
		f.plan.Accounts[0].Apps = []collector.App{{ID: mainStage + "-id", Name: "all"}, {ID: mainStage + "-id", Name: "evening", Filters: "room=1"}}
		f.exporter.Apply(f.plan)
		f.live("meeting", 5)
		f.sim.OverrideEndpoint(mainStage+"-id", apitest.MeetingDays, apitest.Status(500, nil, ""))
		got := f.scrape()
		f.expectLines(got,
			`realtimekit_live_participants{app="all",type="meeting"} 5`, `realtimekit_live_participants{app="evening",type="meeting"} 5`,
			`realtimekit_report_failures_total{app="all",reason="server",report="meetings"} 1`,
			`realtimekit_report_failures_total{app="evening",reason="server",report="meetings"} 1`,
			`realtimekit_report_up{app="all",report="livestreams"} 1`, `realtimekit_report_up{app="evening",report="livestreams"} 1`)
		var filters []string
		for _, r := range f.sim.Requests() {
			if filter := r.Query.Get("filters"); r.Endpoint == apitest.LivestreamDays {
				filters = append(filters, filter)
			} else if filter != "" {
				t.Errorf("%s has the filters %s", r.Endpoint, filter)
			}
		}
		slices.Sort(filters)
		if len(f.sim.Requests()) != 4 || !slices.Equal(filters, []string{"", "room=1"}) {
			t.Errorf("%d requests, filters %q", len(f.sim.Requests()), filters)
		}
		f.expectRequests(4)
		f.plan.Accounts[0].Apps[0].Name = "renamed"
		f.exporter.Apply(f.plan)
		f.expectLines(f.scrape(), `realtimekit_live_participants{app="renamed",type="meeting"} 5`, `realtimekit_live_participants{app="evening",type="meeting"} 5`)
	})
}

// With every report and as many apps as the limit allows, daily data is as current as with
// livestreams alone, live values are exposed, and there is no 429.
func TestReports_BudgetOfAllThree(t *testing.T) {
	withReports(t, func(f *fixture) {
		const apps = 5
		f.sim.Limit(30, 5*time.Minute)
		f.plan.Limit.Requests = 30
		f.plan.Accounts[0].Apps = nil
		for i := range apps {
			app := fmt.Sprintf("app-%02d", i)
			f.sim.AddEmptyApp(account, app+"-id")
			f.plan.Accounts[0].Apps = append(f.plan.Accounts[0].Apps, collector.App{ID: app + "-id", Name: app})
		}
		f.exporter.Apply(f.plan)
		if need := f.plan.Requests(apps); need > float64(f.plan.Limit.Refill()) || f.plan.Requests(apps+1) < float64(f.plan.Limit.Refill()) {
			t.Fatalf("%d apps need %v of %d requests", apps, need, f.plan.Limit.Refill())
		}
		time.Sleep(8 * time.Hour)
		start := time.Now()
		for time.Since(start) < 5*time.Hour { // over midnight
			time.Sleep(30 * time.Second)
			f.gatherer()
			if time.Since(start) < 5*time.Minute {
				continue
			}
			for _, r := range f.exporter.Status().Reports {
				most := map[string]time.Duration{"live": 10 * time.Minute}[r.Report]
				if most == 0 {
					most = 15*time.Minute + time.Minute
				}
				if age := time.Since(r.LastSuccess); age > most {
					t.Fatalf("%v after the start, %s of %s is %v old", time.Since(start), r.Report, r.App.Name, age)
				}
			}
		}
		f.expectLines(f.scrape(), `realtimekit_report_failures_total{app="app-00",reason="rate_limited",report="live"} 0`)
		if n := len(samples(f.scrape(), `code="429"`)); n > 0 {
			t.Error("there were 429")
		}
	})
}
