// Package backfill implements the command backfill: it requests the days before the
// installation, and writes them as the recording rules would have recorded them.
//
// [Run] checks the days (span.go), finds the apps (apps.go), requests their days with
// the progress on stderr (progress.go), and then writes the output (output.go). It keeps
// all apps in memory until then, because OpenMetrics requires all samples of a metric
// together, and because a failed app is left out completely.
package backfill

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/cmd/realtimekit_exporter/internal/plural"
	"github.com/realtimekit-exporter/realtimekit_exporter/cmd/realtimekit_exporter/internal/progress"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector/oneshot"
)

// Run writes the days of a plan's apps to stdout, and everything else to line. Its error
// summarizes the failures, or explains why the output is incomplete.
func Run(ctx context.Context, p *collector.Plan, s Span, names []string, now func() time.Time, stdout io.Writer, line *progress.Line) error {
	s, err := s.check(now())
	if err != nil {
		return err
	}
	b := backfill{plan: p, limiter: oneshot.NewRetrying(p, now), span: s, line: line}
	for _, r := range p.Reports {
		if r.Daily() {
			b.reports = append(b.reports, r)
		}
	}
	if len(b.reports) == 0 {
		return errors.New("reports: expected at least one by day, for example livestreams")
	}
	apps, lists, err := b.find(ctx, names)
	if err == nil {
		b.request(ctx, apps)
	}
	if ctx.Err() != nil {
		return errors.New("interrupted: nothing was written")
	}
	if err != nil {
		return err
	}

	var good []*app
	for _, a := range apps {
		if a.err == nil {
			good = append(good, a)
		}
	}
	failed := summary(lists, len(apps)-len(good), len(apps))
	if len(good) == 0 {
		return fmt.Errorf("%w: nothing was written", failed)
	}
	samples, err := write(ctx, stdout, b.reports, good)
	if err != nil {
		return fmt.Errorf("%w: the output is incomplete, and has no # EOF", err)
	}
	instruct(line, s, samples, len(good), now())
	return failed
}

// A backfill is one run of the command.
type backfill struct {
	plan    *collector.Plan
	reports []collector.Report // by day
	limiter *oneshot.Limiter
	span    Span
	line    *progress.Line
}

// An app is an app to backfill, and its data.
type app struct {
	collector.App
	account *oneshot.Account

	data []collector.Data // of each report
	err  error            // why there is none
}

// request requests the days of all apps. It requests only a few apps of an account at the
// same time, so that the progress shows finished apps early.
func (b *backfill) request(ctx context.Context, apps []*app) {
	c := newCounter(b.limiter, apps, len(b.reports)*oneshot.Chunks(b.span.From, b.span.To))
	b.line.Printf("backfilling %s from %s: %s, %s", plural.Count(len(apps), "app"), b.span, plural.Count(c.left(), "request"), about(c.estimate()))
	defer b.line.Show(c.String)()
	slots := make(map[*oneshot.Account]chan struct{})
	var wg sync.WaitGroup
	for _, a := range apps {
		slot := slots[a.account]
		if slot == nil {
			slot = make(chan struct{}, b.plan.MaxInFlight)
			slots[a.account] = slot
		}
		wg.Go(func() {
			slot <- struct{}{}
			defer func() { <-slot }()
			requests := 0
			b.fetch(ctx, a, func() {
				requests++
				c.sent(a, 1)
			})
			c.done(a, requests)
			if ctx.Err() == nil {
				b.report(a)
			}
		})
	}
	wg.Wait()
}

// fetch requests the days of an app. It calls sent after each request.
func (b *backfill) fetch(ctx context.Context, a *app, sent func()) {
	if a.err = a.account.Err; a.err != nil {
		return
	}
	for _, r := range b.reports {
		data, err := b.limiter.History(ctx, r, a.account.App(a.App, r), b.span.From, b.span.To, sent)
		if err != nil {
			a.err = err
			return
		}
		a.data = append(a.data, data)
	}
}

// report prints the problems of an app.
func (b *backfill) report(a *app) {
	if a.err != nil {
		b.line.Printf("app %s is left out: %s", a.Name, oneLine(a.err))
		return
	}
	for i, r := range b.reports {
		if n := a.data[i].Skipped; n > 0 {
			b.line.Printf("app %s: %s without a date skipped in the report %s", a.Name, plural.Count(n, "row"), r.Name)
		}
	}
}

// summary is an error if something failed.
func summary(lists, failed, apps int) error {
	var parts []string
	if lists > 0 {
		parts = append(parts, plural.Count(lists, "list")+" of apps failed")
	}
	if failed > 0 {
		parts = append(parts, fmt.Sprintf("%d of %s failed", failed, plural.Count(apps, "app")))
	}
	if len(parts) > 0 {
		return errors.New(strings.Join(parts, ", "))
	}
	return nil
}

// oneLine returns an error on one line.
func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }
