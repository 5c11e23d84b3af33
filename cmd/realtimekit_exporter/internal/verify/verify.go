// Package verify is the command verify: it requests once what the exporter would
// collect, and prints the data, or what is wrong and what to do.
//
// [Run] sends the requests, output.go prints the results, and progress.go prints the
// progress on a terminal.
package verify

import (
	"context"
	"errors"
	"fmt"
	"io"
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
	days       api.Livestreams
	latency    time.Duration // of the request for the days
	err        error         // why there are no days
	overall    api.LivestreamTotals
	overallErr error
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
	printApps(w, apps)
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

// apps requests the numbers of all apps.
func (v *verification) apps(ctx context.Context, accounts []*account) (apps []*app) {
	n := 0
	for _, a := range accounts {
		n += len(a.selected.Apps)
	}
	v.progress.begin(n, "app")
	var wg sync.WaitGroup
	for _, a := range accounts {
		for _, selected := range a.selected.Apps {
			r := &app{App: selected}
			apps = append(apps, r)
			wg.Go(func() {
				defer v.progress.done()
				v.request(ctx, a, r)
			})
		}
	}
	wg.Wait()
	return apps
}

// request requests the days of an app, and its overall numbers for the same window.
func (v *verification) request(ctx context.Context, a *account, r *app) {
	if r.err = a.err; r.err != nil {
		return
	}
	id := api.App{AccountID: a.ID, ID: r.ID, Filters: r.Filters, Token: a.token}
	window := func() api.Window { return api.LastDays(v.plan.Days, v.now()) }
	observe := func(d time.Duration) { r.latency = d }
	if r.days, r.err = v.limiter.Client(a.token, observe).LivestreamDays(ctx, id, window); r.err != nil {
		return
	}
	same := func() api.Window { return r.days.Window }
	r.overall, r.overallErr = v.limiter.Client(a.token, nil).LivestreamOverall(ctx, id, same)
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
		if r.err != nil {
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
