// Package verify is the command verify: it requests once what the exporter would
// collect, and prints the data, or what is wrong and what to do.
//
// [Run] sends the requests, output.go and tables.go print the results, and progress.go
// prints the progress on a terminal.
package verify

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
	"github.com/realtimekit-exporter/realtimekit_exporter/cmd/realtimekit_exporter/internal/plural"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector"
)

// An account is an account of the plan, and what the API has returned about it.
type account struct {
	*collector.Account
	token   api.Secret
	err     error // why there is no token
	listErr error // why there is no list of apps
	listed  int   // apps in the list

	selected collector.Selected
}

// An app is an app that is collected, and what the API has returned about it.
type app struct {
	collector.App
	results []result // of each report of the plan
}

// A result is what the API has returned for a report of an app.
type result struct {
	collector.Data
	latency    time.Duration // of the requests for the data
	err        error         // why there is none
	overall    []float64     // the sum of each metric as the API counts it; nil if it does not
	overallErr error
}

// failed reports whether a report of the app failed.
func (a *app) failed() bool {
	return slices.ContainsFunc(a.results, func(r result) bool { return r.err != nil })
}

// Run verifies the accounts and apps of a plan and prints the result to w. Its error
// summarizes what failed.
func Run(ctx context.Context, p *collector.Plan, now func() time.Time, w io.Writer, progress *Progress) error {
	v := verification{plan: p, limiter: collector.NewLimiter(p, now), now: now, progress: progress}
	accounts := v.accounts(ctx)
	apps := v.apps(ctx, accounts)
	progress.clear()
	if err := ctx.Err(); err != nil {
		return err
	}
	printAccounts(w, accounts)
	printReports(w, p.Reports, apps)
	return summary(accounts, apps)
}

// A verification is what the requests of a run share.
type verification struct {
	plan     *collector.Plan
	limiter  *collector.Limiter
	now      func() time.Time
	progress *Progress
}

// accounts reads the tokens and requests the lists of apps.
func (v *verification) accounts(ctx context.Context) []*account {
	v.progress.begin(len(v.plan.Accounts), "list")
	accounts := make([]*account, len(v.plan.Accounts))
	lists := make(map[string][]api.ListedApp)
	var wg sync.WaitGroup
	var mu sync.Mutex
	for i := range v.plan.Accounts {
		a := &account{Account: &v.plan.Accounts[i]}
		accounts[i] = a
		wg.Go(func() {
			defer v.progress.done()
			if a.token, a.err = a.Token(ctx); a.err != nil {
				a.listErr = a.err
				return
			}
			list, err := v.limiter.Client(a.token, nil).Apps(ctx, api.App{AccountID: a.ID, Token: a.token})
			if a.listErr = err; err == nil {
				mu.Lock()
				defer mu.Unlock()
				lists[a.ID], a.listed = list, len(list)
			}
		})
	}
	wg.Wait()
	for i, selected := range v.plan.Select(lists) {
		accounts[i].selected = selected
	}
	return accounts
}

// apps requests the reports of all apps.
func (v *verification) apps(ctx context.Context, accounts []*account) (apps []*app) {
	n := 0
	for _, a := range accounts {
		n += len(a.selected.Apps)
	}
	v.progress.begin(n, "app")
	var wg sync.WaitGroup
	for _, a := range accounts {
		for _, selected := range a.selected.Apps {
			r := &app{App: selected, results: make([]result, len(v.plan.Reports))}
			apps = append(apps, r)
			wg.Go(func() {
				defer v.progress.done()
				for i, report := range v.plan.Reports {
					r.results[i] = v.request(ctx, a, r.App, report)
				}
			})
		}
	}
	wg.Wait()
	return apps
}

// request requests a report of an app, and its overall numbers for the same window.
func (v *verification) request(ctx context.Context, a *account, selected collector.App, report collector.Report) (r result) {
	if r.err = a.err; r.err != nil {
		return r
	}
	id := api.App{AccountID: a.ID, ID: selected.ID, Token: a.token}
	if report.Filtered {
		id.Filters = selected.Filters
	}
	window := func() api.Window { return api.LastDays(v.plan.Days, v.now()) }
	observe := func(d time.Duration) { r.latency += d }
	if r.Data, r.err = report.Fetch(ctx, v.limiter.Client(a.token, observe), id, window); r.err == nil && report.Overall != nil {
		r.overall, r.overallErr = report.Overall(ctx, v.limiter.Client(a.token, nil), id, r.Window)
	}
	return r
}

// summary is an error if an app failed, or a list without which apps are unknown. The
// overall numbers are only compared.
func summary(accounts []*account, apps []*app) error {
	var failed []string
	lists, count := 0, 0
	for _, a := range accounts {
		if a.Discover != nil && (a.listErr != nil || a.selected.Err != nil) {
			lists++
		}
	}
	for _, r := range apps {
		if r.failed() {
			count++
		}
	}
	if lists > 0 {
		failed = append(failed, plural.Count(lists, "list")+" of apps failed")
	}
	if count > 0 {
		failed = append(failed, fmt.Sprintf("%d of %s failed", count, plural.Count(len(apps), "app")))
	}
	if len(failed) > 0 {
		return errors.New(strings.Join(failed, ", "))
	}
	return nil
}
