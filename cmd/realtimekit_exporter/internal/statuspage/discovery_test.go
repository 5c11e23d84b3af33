package statuspage_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector"
)

// discovered replaces the apps of the fixture by a discovery that excludes some.
func discovered(exclude ...string) func(f *fixture) {
	return func(f *fixture) {
		a := account(accountID, validToken)
		a.Discover = &collector.Discover{Include: []*regexp.Regexp{regexp.MustCompile("^(?s:st.*|old.*)$")}, Interval: 15 * time.Minute}
		for _, pattern := range exclude {
			a.Discover.Exclude = append(a.Discover.Exclude, regexp.MustCompile("^(?s:"+pattern+")$"))
		}
		f.plan.Accounts = []collector.Account{a}
	}
}

func TestPage_Discovery(t *testing.T) {
	run(t, discovered("old-.*"), func(f *fixture) {
		f.api.AddEmptyApp(accountID, "old-id")
		f.api.NameApp("old-id", "the <old> one", time.Now())
		f.api.AddEmptyApp(accountID, "other-id")
		f.contains(f.page(""), "The list of apps is not available yet.", "Apps of account "+accountID+" No list yet", "Last successful list none yet")
		f.scrape()
		<-time.After(5 * time.Minute)
		page := f.page("")
		f.contains(page, "Both apps are healthy.", "Apps of account "+accountID+" Listed",
			"Last successful list 5 minutes ago", "Interval 15m Collected 2 apps Excluded 2 apps",
			"the <old> one old-id exclude: old-.*", "other-id other-id no pattern of include matches")
		f.containsNone(page, "The list of apps is not available", "see Discovery")
	})
}

func TestPage_DiscoveryFails(t *testing.T) {
	const failed = "the API failed: wait, and check Cloudflare's status page if it persists (HTTP 500) Failed "
	run(t, discovered(), func(f *fixture) {
		f.api.OverrideApps(accountID, apitest.Status(500, nil, ""))
		f.scrape()
		page := f.page("")
		f.contains(page, "The list of apps is not available: its requests fail.", "The list of apps of 1 account is failing: see Discovery.",
			"Apps of account "+accountID+" Failing "+failed)
		f.containsNone(page, "still used")
		f.api.OverrideApps(accountID, nil)
		<-time.After(time.Minute)
		f.scrape()
		f.containsNone(f.page(""), "Failing")
		f.api.OverrideApps(accountID, apitest.Status(500, nil, ""))
		for range 2 {
			<-time.After(15 * time.Minute)
			f.scrape()
		}
		f.contains(f.page(""), "Both apps are healthy.", failed+"2 times in a row, the last time ", "The last successful list is still used.")
	})
}

func TestPage_DiscoveryOfManyAppsIsLimited(t *testing.T) {
	run(t, discovered(".*"), func(f *fixture) {
		for i := range 100 {
			f.api.AddEmptyApp(accountID, fmt.Sprint("st-", i))
		}
		f.scrape()
		page := f.page("")
		f.contains(page, "No apps are collected.", "Excluded 102 apps", "and 52 more")
		if n := strings.Count(page, "exclude: .*"); n != 50 {
			t.Errorf("%d excluded apps, want 50", n)
		}
	})
}

func TestPage_ManyDiscoveries(t *testing.T) {
	run(t, func(f *fixture) {
		discovered()(f)
		first := f.plan.Accounts[0]
		for i := range 30 {
			a := account(fmt.Sprint("account-", i), validToken)
			a.Discover = first.Discover
			f.plan.Accounts = append(f.plan.Accounts, a)
			if i != 29 {
				f.api.AddToken(validToken, a.ID)
			}
		}
	}, func(f *fixture) {
		f.scrape()
		page := f.page("")
		f.contains(page, "Discovery Apps of account account-29 Failing", "and 11 more accounts")
		if n := strings.Count(page, "Last successful list"); n != 20 {
			t.Errorf("%d lists, want 20", n)
		}
	})
}
