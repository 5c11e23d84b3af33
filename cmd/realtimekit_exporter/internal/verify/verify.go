// Package verify implements the command verify: it requests everything that the exporter
// would collect once, and prints the data, or the error and what to do.
//
// [Run] sends the requests, output.go and tables.go print the results.
package verify

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
	"github.com/realtimekit-exporter/realtimekit_exporter/cmd/realtimekit_exporter/internal/plural"
	"github.com/realtimekit-exporter/realtimekit_exporter/cmd/realtimekit_exporter/internal/progress"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector/oneshot"
)

// An app is a collected app, and what the API has returned about it.
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
// summarizes the failures.
func Run(ctx context.Context, p *collector.Plan, now func() time.Time, w io.Writer, line *progress.Line) error {
	v := verification{plan: p, limiter: oneshot.New(p, now), now: now, line: line}
	accounts := v.accounts(ctx)
	apps := v.apps(ctx, accounts)
	if err := ctx.Err(); err != nil {
		return err
	}
	printAccounts(w, accounts)
	printReports(w, p.Reports, apps)
	return summary(accounts, apps)
}

// A verification is one run of the command.
type verification struct {
	plan    *collector.Plan
	limiter *oneshot.Limiter
	now     func() time.Time
	line    *progress.Line
}

// show prints how many of a total are verified, until stop is called.
func (v *verification) show(total int, noun string) (done, stop func()) {
	var n atomic.Int64
	stop = v.line.Show(func() string { return fmt.Sprintf("verified %d of %s", n.Load(), plural.Count(total, noun)) })
	return func() { n.Add(1) }, stop
}

// accounts requests the lists of apps.
func (v *verification) accounts(ctx context.Context) []*oneshot.Account {
	done, stop := v.show(len(v.plan.Accounts), "list")
	defer stop()
	return v.limiter.Accounts(ctx, func(*collector.Account) bool { return true }, done)
}

// apps requests the reports of all apps.
func (v *verification) apps(ctx context.Context, accounts []*oneshot.Account) (apps []*app) {
	n := 0
	for _, a := range accounts {
		n += len(a.Selected.Apps)
	}
	done, stop := v.show(n, "app")
	defer stop()
	var wg sync.WaitGroup
	for _, a := range accounts {
		for _, selected := range a.Selected.Apps {
			r := &app{App: selected, results: make([]result, len(v.plan.Reports))}
			apps = append(apps, r)
			wg.Go(func() {
				defer done()
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
func (v *verification) request(ctx context.Context, a *oneshot.Account, selected collector.App, report collector.Report) (r result) {
	if r.err = a.Err; r.err != nil {
		return r
	}
	id := a.App(selected, report)
	window := func() api.Window { return api.LastDays(v.plan.Days, v.now()) }
	observe := func(d time.Duration) { r.latency += d }
	if r.Data, r.err = report.Fetch(ctx, v.limiter.Client(a.Secret, observe), id, window); r.err == nil && report.Overall != nil {
		r.overall, r.overallErr = report.Overall(ctx, v.limiter.Client(a.Secret, nil), id, r.Window)
	}
	return r
}

// summary returns an error if an app failed, or the list of apps of an account with
// discovery. Failures of the overall numbers do not count.
func summary(accounts []*oneshot.Account, apps []*app) error {
	var failed []string
	lists, count := 0, 0
	for _, a := range accounts {
		if a.Discover != nil && (a.ListErr != nil || a.Selected.Err != nil) {
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
