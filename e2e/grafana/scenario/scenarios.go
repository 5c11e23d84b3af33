package scenario

import (
	"fmt"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
)

// Now is the time at which all scenarios end: a Thursday in the afternoon.
func Now() time.Time { return time.Date(2026, 11, 26, 14, 20, 0, 0, time.UTC) }

// All returns the scenarios.
func All() []*Scenario {
	now := Now()
	demo := named(apitest.DemoAppIDs()...)
	one := []string{"exporter:11780"}
	return []*Scenario{
		{Name: "demo", Start: now.AddDate(0, 0, -62), Now: now, Instances: one, Apps: demo, Recorded: true, Meetings: true, Live: true},
		{Name: "fresh", Start: now.Add(-12 * time.Minute), Now: now, Instances: one, Apps: demo, Meetings: true, Live: true},
		faults(),
		{Name: "sparse", Configured: true, Start: now.AddDate(0, 0, -40), Now: now, Instances: one,
			Apps: named("no-livestreams", "rare", `a "b" & 100% #1 + c|d`), WithoutRows: []string{"no-livestreams"},
			OnlyOn: map[string][]apitest.Day{"rare": {{Date: "2026-11-08", Sessions: 2, IngestSeconds: 5400, ViewerSeconds: 86400}}}},
		{Name: "forty-apps", Start: now.AddDate(0, 0, -32), Now: now, Instances: one, Apps: customers(40), Meetings: true, Live: true},
		{Name: "empty", Now: now},
	}
}

func named(ids ...string) (apps []App) {
	for _, id := range ids {
		apps = append(apps, App{id, id})
	}
	return apps
}

func customers(n int) (apps []App) {
	kinds := []string{"Town hall", "Sports", "Radio", "Worship", "Conference"}
	for i := range n {
		apps = append(apps, App{fmt.Sprintf("app-%02d", i), fmt.Sprintf("Customer %02d – %s", i, kinds[i%len(kinds)])})
	}
	return apps
}

// faults is two replicas after everything went wrong once.
func faults() *Scenario {
	now := Now()
	first, second := "10.1.2.17:11780", "10.1.3.52:11780"
	ago := func(at time.Time, from, to float64) bool {
		h := now.Sub(at).Hours()
		return h <= from && h > to
	}
	return &Scenario{Name: "faults", Start: now.AddDate(0, 0, -32), Now: now, Instances: []string{first, second}, Meetings: true,
		Apps:   append(named(apitest.DemoAppIDs()...), App{"wrong-id", "Partner event (EU)"}, App{"staging-id", "staging.example.com"}),
		Paused: now.Add(90 * time.Second), Rejected: second,
		Fails: func(app string, at time.Time) (code, reason string) {
			switch {
			case app == "Partner event (EU)":
				return "404", "not_found"
			case ago(at, 18, 14):
				return "503", "server"
			case ago(at, 14, 13.5), ago(at, 5, 4.7):
				return "error", "timeout"
			case app == "demo-concerts" && ago(at, 3, -1):
				return "403", "auth"
			case ago(at, 0.1, -1):
				return "429", "rate_limited"
			}
			return "200", ""
		},
		ListFails: func(instance string, at time.Time) bool { return instance == second || ago(at, 3, -1) },
		Differs: func(instance, app string, at time.Time) int64 {
			if instance == second && app == "demo-webinars" && ago(at, 6, 2) {
				return 3600
			}
			return 0
		},
		Away: func(instance string, at time.Time) bool { return instance == first && ago(at, 10, 9.5) },
	}
}
