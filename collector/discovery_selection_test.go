package collector_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector"
)

func TestDiscovery_IncludeAndExclude(t *testing.T) {
	discovering(t, func(f *fixture) {
		f.add(account, "other-id", "other", 0)
		f.scrape()
		f.expectRequests(4)
		f.log.Reset()
		for _, c := range []struct {
			account  collector.Account
			apps     string
			excluded string
		}{
			{discover(f.account(account), "stu.*|main-stage-id"), "main-stage=main-stage-id, studio=studio-id", "other by "},
			{discover(f.account(account), "tudio"), "", "other by , main-stage by , studio by "}, // patterns are anchored
			{discover(f.account(account), ".*", "other", "studio-i."), "main-stage=main-stage-id", "other by ^(?s:other)$, studio by ^(?s:studio-i.)$"},
			{discover(f.account(account, studio), ".*", ".*"), "studio=studio-id", "other by ^(?s:.*)$, main-stage by ^(?s:.*)$"},
			{discover(f.account(account, studio), ".*"), "main-stage=main-stage-id, other=other-id, studio=studio-id", ""},
		} {
			f.plan.Accounts = []collector.Account{c.account}
			f.exporter.Apply(f.plan)
			got := f.scrape()
			if a := apps(got); a != c.apps {
				t.Errorf("got %s, want %s", a, c.apps)
			}
			var excluded []string
			d := f.exporter.Status().Discoveries[0]
			for _, x := range d.Excluded {
				excluded = append(excluded, x.Name+" by "+x.Pattern)
			}
			if e := strings.Join(excluded, ", "); e != c.excluded {
				t.Errorf("excluded %s, want %s", e, c.excluded)
			}
			f.expectLines(got, fmt.Sprintf(`realtimekit_discovery_apps{account_id=%q,state="collected"} %d`, account, len(samples(got, "app_info{"))))
		}
		for _, r := range f.sim.Requests() {
			if r.AppID == "" {
				t.Error("a change of the patterns requested the list again")
			}
		}
		if want := "collected=2 excluded=1 removed=other newly_excluded=other\n"; !strings.Contains(f.log.String(), want) {
			t.Errorf("log: got %s, want %s", &f.log, want)
		}
	})
}

func TestDiscovery_TooManyApps(t *testing.T) {
	discovering(t, func(f *fixture) {
		for i := range 998 {
			f.add(account, fmt.Sprint("more-", i), fmt.Sprint("more ", i), time.Hour)
		}
		f.plan.Limit.Requests = 100_000
		f.exporter.Apply(f.plan)
		f.expectLines(f.scrape(), `realtimekit_discovery_apps{account_id="`+account+`",state="collected"} 1000`)
		f.log.Reset()
		f.add(account, "one-more-id", "one more", time.Hour)
		time.Sleep(15 * time.Minute)
		f.expectLines(f.scrape(), `realtimekit_discovery_up{account_id="`+account+`"} 0`, `realtimekit_discovery_apps{account_id="`+account+`",state="collected"} 1000`)
		if want := `msg="list of apps failed" account_id=` + account + ` err="1001 apps to collect, more than 1000: exclude some with discover.exclude"`; !strings.Contains(f.log.String(), want) {
			t.Errorf("log: got %s, want %s", &f.log, want)
		}
		f.plan.Accounts = []collector.Account{discover(f.account(account), ".*", "more 7.*")}
		f.exporter.Apply(f.plan)
		f.expectLines(f.scrape(), `realtimekit_discovery_up{account_id="`+account+`"} 1`, `realtimekit_discovery_apps{account_id="`+account+`",state="collected"} 890`)
		f.plan.Accounts = []collector.Account{discover(f.account(account), ".*")} // the list has too many now
		f.exporter.Apply(f.plan)
		got := f.scrape()
		f.expectLines(got, `realtimekit_discovery_up{account_id="`+account+`"} 0`)
		if f := f.exporter.Status().Discoveries[0].Failure; f == nil || apps(got) != "" {
			t.Errorf("got apps without a usable list: %v", f)
		}
	})
}

func TestDiscovery_ManySeriesAreLogged(t *testing.T) {
	discovering(t, func(f *fixture) {
		f.plan.Days = 366
		for i := range 100 {
			f.add(account, fmt.Sprint("more-", i), fmt.Sprint("more ", i), time.Hour)
		}
		f.exporter.Apply(f.plan)
		f.scrape()
		const want = `level=warn msg="discovered apps have many series, exclude some or lower window_days" series=`
		if strings.Count(f.log.String(), want) != 1 {
			t.Errorf("log: got %s, want %s", &f.log, want)
		}
	})
}

func TestDiscovery_Reload(t *testing.T) {
	discovering(t, func(f *fixture) {
		f.scrape()
		f.expectRequests(3)
		f.exporter.Apply(f.plan) // keeps the list
		if a := apps(f.scrape()); a != "main-stage=main-stage-id, studio=studio-id" {
			t.Errorf("got %s", a)
		}
		f.expectRequests(0)
		f.sim.OverrideApps(account, apitest.Hang())
		time.Sleep(16 * time.Minute)
		time.AfterFunc(time.Second, func() {
			f.plan.Accounts = []collector.Account{f.account(account, studio)}
			f.exporter.Apply(f.plan)
		})
		start := time.Now()
		f.scrape()
		if took := time.Since(start); took != time.Second {
			t.Errorf("the scrape took %v, want until the reload", took)
		}
		got := f.scrape()
		if s := samples(got, "discovery"); len(s) > 0 || apps(got) != "studio=studio-id" {
			t.Errorf("without discover: got %s, %s", s, apps(got))
		}
	})
}

func TestDiscovery_TokenMissing(t *testing.T) {
	discovering(t, func(f *fixture) {
		f.tokens[account] = ""
		f.expectLines(f.scrape(), `realtimekit_discovery_up{account_id="`+account+`"} 0`)
		if want := `msg="list of apps failed" account_id=` + account + ` reason=token err="api_token_file /run/secrets/token does not exist"`; !strings.Contains(f.log.String(), want) {
			t.Errorf("log: got %s, want %s", &f.log, want)
		}
		f.tokens[account] = "secret"
		f.scrape() // reads the token
		if a := apps(f.scrape()); a != "main-stage=main-stage-id, studio=studio-id" {
			t.Errorf("got %s", a)
		}
	})
}

func TestDiscovery_Series(t *testing.T) {
	discovering(t, func(f *fixture) {
		f.scrape()
		n, err := testutil.GatherAndCount(f.gatherer(), "realtimekit_discovery_up", "realtimekit_discovery_last_success_timestamp_seconds", "realtimekit_discovery_apps")
		without := f.plan
		without.Accounts = []collector.Account{f.account(account)}
		if err != nil || n != f.plan.Series()-without.Series() {
			t.Errorf("got %d series, %v; the plan has %d", n, err, f.plan.Series()-without.Series())
		}
	})
}

// Scrapes, changes of the list and reloads at the same time: every scrape has each
// app once, under a name of its own.
func TestDiscovery_Concurrent(t *testing.T) {
	discovering(t, func(f *fixture) {
		f.plan.Accounts[0].Discover.Interval = time.Minute
		f.plan.Limit.Requests = 100_000
		f.exporter.Apply(f.plan)
		var scrapes sync.WaitGroup
		for i := range 8 {
			scrapes.Go(func() {
				for n := range 20 {
					if i == 0 {
						f.exporter.Apply(f.plan)
					}
					if i == 1 {
						f.add(account, fmt.Sprint("more-", n), "more", time.Duration(n)*time.Hour)
						f.sim.RemoveApp(account, fmt.Sprint("more-", n-3))
					}
					all := prometheus.NewPedanticRegistry() // refuses a name twice
					all.MustRegister(f.exporter.Snapshot(f.Context()), f.registry)
					if _, err := all.Gather(); err != nil {
						t.Error(err)
					}
					f.exporter.Status()
					time.Sleep(time.Minute)
				}
			})
		}
		scrapes.Wait()
		if got := strings.Count(apps(f.scrape()), "=more-"); got != 3 {
			t.Errorf("got %s", apps(f.scrape()))
		}
	})
}
