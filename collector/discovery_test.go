package collector_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector"
)

// discover makes an account discover its apps by include and exclude patterns.
func discover(a collector.Account, include string, exclude ...string) collector.Account {
	d := &collector.Discover{Include: []*regexp.Regexp{regexp.MustCompile("^(?s:" + include + ")$")}, Interval: 15 * time.Minute}
	for _, pattern := range exclude {
		d.Exclude = append(d.Exclude, regexp.MustCompile("^(?s:"+pattern+")$"))
	}
	a.Discover = d
	return a
}

// discovering runs a test with an account whose apps are all discovered.
func discovering(t *testing.T, test func(f *fixture)) {
	t.Helper()
	withFixture(t, func(f *fixture) {
		for i, app := range []string{mainStage, studio} {
			f.sim.NameApp(app+"-id", app, time.Now().Add(time.Duration(i)*time.Hour))
		}
		f.plan.Accounts = []collector.Account{discover(f.account(account), ".*")}
		f.exporter.Apply(f.plan)
		synctest.Wait() // for the token to be read
		test(f)
	})
}

// add adds an app to the account, created this long after the first one.
func (f *fixture) add(accountID, id, name string, after time.Duration) {
	f.sim.AddEmptyApp(accountID, id)
	f.sim.NameApp(id, name, time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).Add(after))
}

// apps lists the names of the apps in an exposition, with their IDs, in order.
func apps(exposition string) string {
	var found []string
	for _, sample := range samples(exposition, "realtimekit_app_info{") {
		labels := regexp.MustCompile(`app="(.*)",app_id="(.*)"}`).FindStringSubmatch(sample)
		found = append(found, labels[1]+"="+labels[2])
	}
	slices.SortFunc(found, func(a, b string) int {
		return strings.Compare(strings.Replace(a, "=", "\x00", 1), strings.Replace(b, "=", "\x00", 1))
	})
	return strings.Join(found, ", ")
}

func TestDiscovery_FirstScrape(t *testing.T) {
	discovering(t, func(f *fixture) {
		f.golden("discovered")
		f.expectRequests(3) // the list, and each app
		const want = `level=info msg="discovered apps changed" account_id=` + account + ` collected=2 excluded=0 added="main-stage, studio"` + "\n"
		if f.log.String() != want {
			t.Errorf("log: got %s, want %s", &f.log, want)
		}
		f.scrape()
		f.expectRequests(0)
	})
}

func TestDiscovery_AppsAreAddedAndRemoved(t *testing.T) {
	discovering(t, func(f *fixture) {
		f.scrape()
		f.log.Reset()
		f.add(account, "new-id", "new", 0)
		f.sim.RemoveApp(account, mainStage+"-id")
		time.Sleep(15 * time.Minute)
		got := f.scrape()
		if a := apps(got); a != "new=new-id, studio=studio-id" {
			t.Errorf("got %s", a)
		}
		if left := samples(got, mainStage); len(left) > 0 {
			t.Errorf("the app that left is still there: %s", left)
		}
		f.expectLines(got, `realtimekit_discovery_apps{account_id="`+account+`",state="collected"} 2`)
		if want := `collected=2 excluded=0 added=new removed=main-stage`; !strings.Contains(f.log.String(), want) {
			t.Errorf("log: got %s, want %s", &f.log, want)
		}
	})
}

// A change of the list retries no other app, and releases none from a pause.
func TestDiscovery_ChangeResetsNoBackoff(t *testing.T) {
	discovering(t, func(f *fixture) {
		f.plan.Accounts[0].Discover.Interval = time.Minute
		f.exporter.Apply(f.plan)
		f.sim.Override(studio+"-id", apitest.Status(500, nil, ""))
		f.scrape() // retried after 15 s, 30 s, 60 s, 120 s
		for _, wait := range []time.Duration{15, 30, 60} {
			time.Sleep(wait * time.Second)
			f.scrape()
		}
		f.add(account, "new-id", "new", 0)
		f.sim.ResetRequests()
		time.Sleep(time.Minute)
		if a := apps(f.scrape()); a != "main-stage=main-stage-id, new=new-id, studio=studio-id" {
			t.Errorf("got %s", a)
		}
		f.expectRequests(2) // the list, and the new app
		f.scrape()
		f.expectRequests(0)
	})
}

func TestDiscovery_FailedListChangesNothing(t *testing.T) {
	failures := map[string]func(f *fixture){
		"status 500":    func(f *fixture) { f.sim.OverrideApps(account, apitest.Status(500, nil, "")) },
		"no list":       func(f *fixture) { f.sim.OverrideApps(account, apitest.Body(`{"data":{},"success":true}`)) },
		"success false": func(f *fixture) { f.sim.OverrideApps(account, apitest.Body(`{"data":[],"success":false}`)) },
		"truncated": func(f *fixture) {
			for i := range 150 {
				f.add(account, fmt.Sprint("more-", i), "more", 0)
			}
			f.sim.SetPaging(apitest.PagingTruncated)
		},
		"endless": func(f *fixture) { f.sim.SetPaging(apitest.PagingEndless); f.add(account, "one-more", "more", 0) },
	}
	for name, fail := range failures {
		t.Run(name, func(t *testing.T) {
			discovering(t, func(f *fixture) {
				f.scrape()
				f.log.Reset()
				fail(f)
				for range 13 {
					time.Sleep(5 * time.Minute)
					f.scrape()
				}
				got := f.scrape()
				if a := apps(got); a != "main-stage=main-stage-id, studio=studio-id" {
					t.Errorf("got %s", a)
				}
				f.expectLines(got, `realtimekit_discovery_up{account_id="`+account+`"} 0`,
					`realtimekit_discovery_last_success_timestamp_seconds{account_id="`+account+`"} 9.475056e+08`,
					`realtimekit_discovery_apps{account_id="`+account+`",state="collected"} 2`,
					`realtimekit_report_up{app="studio",report="livestreams"} 1`)
				if !strings.Contains(f.log.String(), `level=warn msg="list of apps failed" account_id=`+account+` reason=`) {
					t.Errorf("log: got %s", &f.log)
				}
				d := f.exporter.Status().Discoveries[0]
				if d.Failure == nil || d.Failure.Times < 10 || d.Collected != 2 || time.Since(d.Listed) < time.Hour {
					t.Errorf("the status has %+v", d)
				}
			})
		})
	}
}

func TestDiscovery_Recovers(t *testing.T) {
	discovering(t, func(f *fixture) {
		f.sim.OverrideApps(account, apitest.Status(500, nil, ""))
		got := f.scrape()
		if a := apps(got); a != "" {
			t.Errorf("got %s without a list", a)
		}
		f.expectLines(got, `realtimekit_discovery_up{account_id="`+account+`"} 0`)
		if s := samples(got, "discovery"); len(s) != 1 {
			t.Errorf("got %v without a list", s)
		}
		f.sim.OverrideApps(account, nil)
		time.Sleep(15 * time.Second)
		got = f.scrape()
		f.expectLines(got, `realtimekit_discovery_up{account_id="`+account+`"} 1`, `realtimekit_report_up{app="studio",report="livestreams"} 1`)
		if !strings.Contains(f.log.String(), `level=info msg="list of apps recovered" account_id=`+account) {
			t.Errorf("log: got %s", &f.log)
		}
	})
}

// Apps that are known are not delayed by a list that hangs.
func TestDiscovery_HangingList(t *testing.T) {
	discovering(t, func(f *fixture) {
		f.scrape()
		f.sim.OverrideApps(account, apitest.Hang())
		time.Sleep(15 * time.Minute)
		f.day(studio, "2000-01-10", 7, 70, 700)
		start := time.Now()
		f.expectLines(f.scrape(), `realtimekit_livestream_daily_sessions{app="studio",date="2000-01-10"} 7`)
		if took := time.Since(start); took != 10*time.Second {
			t.Errorf("the scrape took %v, want until its deadline", took)
		}
	})
}

// A late list is used by the next scrape.
func TestDiscovery_LateList(t *testing.T) {
	discovering(t, func(f *fixture) {
		f.sim.OverrideApps(account, apitest.Slow(12*time.Second, nil))
		if a := apps(f.scrape()); a != "" {
			t.Errorf("got %s before the list", a)
		}
		time.Sleep(5 * time.Second)
		if a := apps(f.scrape()); a != "main-stage=main-stage-id, studio=studio-id" {
			t.Errorf("got %s", a)
		}
		f.expectRequests(3)
	})
}

func TestDiscovery_429PausesTheToken(t *testing.T) {
	discovering(t, func(f *fixture) {
		f.scrape()
		f.expectRequests(3)
		f.sim.OverrideApps(account, apitest.Status(429, map[string][]string{"Retry-After": {"600"}}, ""))
		f.plan.Accounts[0].Discover.Interval = time.Minute
		f.exporter.Apply(f.plan)
		time.Sleep(time.Minute)
		f.scrape()
		f.expectRequests(1)
		time.Sleep(9 * time.Minute)
		f.exporter.Apply(f.plan)
		start := time.Now()
		f.scrape()
		if took := time.Since(start); took > 0 {
			t.Errorf("the scrape waited %v for a paused list", took)
		}
		f.expectRequests(0)
	})
}

// Each page of a list counts against the rate limit.
func TestDiscovery_PagesAreCharged(t *testing.T) {
	discovering(t, func(f *fixture) {
		for i := range 250 {
			f.add(account, fmt.Sprint("excluded-", i), "more", 0)
		}
		f.plan.Accounts[0] = discover(f.plan.Accounts[0], ".*", "excluded-.*")
		f.exporter.Apply(f.plan)
		f.expectLines(f.scrape(),
			`realtimekit_exporter_api_budget_remaining_requests{account_id="`+account+`"} 95`,
			`realtimekit_exporter_api_requests_total{code="200"} 5`,
			`realtimekit_discovery_apps{account_id="`+account+`",state="excluded"} 250`)
		f.expectRequests(5)
		if d := f.exporter.Status().Tokens[0]; d.Apps != 2 || d.Needs <= f.plan.Requests(2)+1 {
			t.Errorf("the token serves %d apps and needs %v requests", d.Apps, d.Needs)
		}
	})
}
