package collector_test

import (
	"strings"
	"testing"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector"
)

const second = "11111111111111111111111111111111" // another account, with its own token

// twoAccounts runs a test with two accounts that discover their apps, and have none.
func twoAccounts(t *testing.T, test func(f *fixture)) {
	t.Helper()
	withFixture(t, func(f *fixture) {
		f.sim.RemoveApp(account, mainStage+"-id")
		f.sim.RemoveApp(account, studio+"-id")
		f.tokens[second] = "another-secret"
		f.sim.AddToken("another-secret", second)
		f.plan.Accounts = []collector.Account{discover(f.account(account), ".*"), discover(f.account(second), ".*")}
		f.exporter.Apply(f.plan)
		test(f)
	})
}

// wantApps scrapes after the lists are due, and fails the test unless these apps are exposed.
func (f *fixture) wantApps(want string) {
	f.Helper()
	time.Sleep(15 * time.Minute)
	if got := apps(f.scrape()); got != want {
		f.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestDiscoveredNames(t *testing.T) {
	long := strings.Repeat("ü", 201)
	for name, c := range map[string]struct {
		names  []string // the oldest first; the IDs are 0123456789-a, …-b
		wanted string   // of the IDs, the last character
	}{
		"different":                  {[]string{"one", "two"}, "one=a, two=b"},
		"equal":                      {[]string{"one", "one"}, "one=a, one (01234567)=b"},
		"equal, three times":         {[]string{"one", "one", "one"}, "one=a, one (01234567)=b, one (0123456789-c)=c"},
		"empty":                      {[]string{""}, "0123456789-a=a"},
		"too long":                   {[]string{long, long[2:]}, "0123456789-a=a, " + long[2:] + "=b"},
		"unprintable":                {[]string{"a\nb", "a\u202eb", "a\u200db"}, "0123456789-a=a, 0123456789-b=b, a\u200db=c"},
		"the ID of another app":      {[]string{"0123456789-b", ""}, "0123456789-b=a, 0123456789-b (01234567)=b"},
		"what another app is called": {[]string{"one", "one", "one (01234567)"}, "one=a, one (01234567)=b, one (01234567) (01234567)=c"},
		"all that is tried": {[]string{"one", "one (01234567)", "one (0123456789-d)", "one"},
			"one=a, one (01234567)=b, one (0123456789-d)=c, one (0123456789-d) 2=d"},
	} {
		t.Run(name, func(t *testing.T) {
			twoAccounts(t, func(f *fixture) {
				for i, name := range c.names {
					f.add(account, "0123456789-"+string(rune('a'+i)), name, time.Duration(i)*time.Hour)
				}
				got := apps(f.scrape())
				if got = strings.ReplaceAll(got, "=0123456789-", "="); got != c.wanted {
					t.Errorf("got  %s\nwant %s", got, c.wanted)
				}
				f.wantApps(apps(f.scrape())) // and so they stay
			})
		})
	}
}

func TestDiscoveredNames_OldestOfAllAccounts(t *testing.T) {
	twoAccounts(t, func(f *fixture) {
		f.add(account, "aaaaaaaa-1", "one", time.Hour)
		f.add(second, "bbbbbbbb-1", "one", 0)
		f.add(account, "dddddddd-1", "two", 0)
		f.add(second, "cccccccc-1", "two", 0) // as old: by ID
		f.wantApps("one=bbbbbbbb-1, one (aaaaaaaa)=aaaaaaaa-1, two=cccccccc-1, two (dddddddd)=dddddddd-1")
	})
}

func TestDiscoveredNames_LateAccount(t *testing.T) {
	twoAccounts(t, func(f *fixture) {
		f.add(account, "bbbbbbbb-1", "one", time.Hour)
		f.add(second, "aaaaaaaa-1", "one", 0)
		f.sim.OverrideApps(second, apitest.Status(500, nil, ""))
		f.wantApps("one=bbbbbbbb-1")
		f.sim.OverrideApps(second, nil)
		f.wantApps("one=bbbbbbbb-1, one (aaaaaaaa)=aaaaaaaa-1")
	})
}

func TestDiscoveredNames_DuplicatesAreRemovedAndReturn(t *testing.T) {
	twoAccounts(t, func(f *fixture) {
		f.add(account, "aaaaaaaa-1", "one", 0)
		f.add(account, "bbbbbbbb-1", "one", time.Hour)
		f.wantApps("one=aaaaaaaa-1, one (bbbbbbbb)=bbbbbbbb-1")
		f.sim.RemoveApp(account, "aaaaaaaa-1")
		f.add(account, "cccccccc-1", "one", 2*time.Hour)
		f.wantApps("one (bbbbbbbb)=bbbbbbbb-1, one (cccccccc)=cccccccc-1") // never under the name of another app
		f.sim.RemoveApp(account, "bbbbbbbb-1")
		f.add(account, "aaaaaaaa-1", "one", 0)
		f.wantApps("one=aaaaaaaa-1, one (cccccccc)=cccccccc-1")
		f.sim.NameApp("cccccccc-1", "three", time.Now())
		f.wantApps("one=aaaaaaaa-1, one (cccccccc)=cccccccc-1") // a label stays with its app
	})
}

func TestDiscoveredNames_ConfiguredNamesComeFirst(t *testing.T) {
	twoAccounts(t, func(f *fixture) {
		f.add(account, "aaaaaaaa-1", "one", 0)
		f.add(account, "bbbbbbbb-1", "two", 0)
		f.wantApps("one=aaaaaaaa-1, two=bbbbbbbb-1")
		apply := func(apps ...collector.App) {
			f.plan.Accounts = []collector.Account{discover(f.account(account), ".*"), discover(f.account(second), ".*")}
			f.plan.Accounts[1].Apps = apps
			f.exporter.Apply(f.plan)
		}
		f.add(second, "cccccccc-1", "three", 0)
		apply(collector.App{ID: "cccccccc-1", Name: "one"})
		f.wantApps("one=cccccccc-1, one (aaaaaaaa)=aaaaaaaa-1, two=bbbbbbbb-1")
		// Without it in the configuration, no name goes to another app.
		apply()
		f.wantApps("one=cccccccc-1, one (aaaaaaaa)=aaaaaaaa-1, two=bbbbbbbb-1")
		apply(collector.App{ID: "cccccccc-1", Name: "three: eu", Filters: "region=eu"}, collector.App{ID: "cccccccc-1", Name: "three: us", Filters: "region=us"})
		f.wantApps("one (aaaaaaaa)=aaaaaaaa-1, three: eu=cccccccc-1, three: us=cccccccc-1, two=bbbbbbbb-1")
	})
}

func TestDiscoveredNames_ConfiguredNameThatMovedToAnotherApp(t *testing.T) {
	twoAccounts(t, func(f *fixture) {
		f.add(account, "aaaaaaaa-1", "old", 0)
		f.add(account, "bbbbbbbb-1", "new", 0)
		for _, id := range []string{"aaaaaaaa-1", "bbbbbbbb-1"} {
			f.plan.Accounts = []collector.Account{f.account(account)}
			f.plan.Accounts[0].Apps = []collector.App{{ID: id, Name: "main"}}
			f.exporter.Apply(f.plan)
			f.wantApps("main=" + id)
		}
		f.plan.Accounts = []collector.Account{discover(f.account(account), ".*")}
		f.exporter.Apply(f.plan)
		f.wantApps("main=bbbbbbbb-1, old=aaaaaaaa-1")
	})
}
