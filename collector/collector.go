// Package collector turns the analytics of RealtimeKit apps into metrics.
//
// A scrape asks, then tells. [Exporter.Collect] asks for every report of every
// app at once and waits for the answers until its context ends; the cache behind
// it (internal/cache) asks the API only for what is due, and a throttle
// (internal/throttle) lets requests leave within the rate limit. What Collect
// returns, a [Snapshot], is the [prometheus.Collector]: it can neither wait nor
// fail.
//
// What is collected is a list of values of type [Report], one file each; see
// livestreams.go. What it is collected from is a [Plan], which [Exporter.Apply]
// replaces as a whole.
package collector

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector/internal/cache"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector/internal/throttle"
)

// A key holds all that an answer depends on, and nothing else: a reload forgets
// the keys that are no longer wanted, and so keeps the answers of all others. The
// window of days is not in it, or the old answer would be out of reach exactly at
// midnight, nor are the name and the token.
type key struct{ baseURL, accountID, appID, filters, report string }

// A target is a report of an app.
type target struct {
	key
	name    string
	report  Report
	account *Account

	info     prometheus.Metric // of the app; only with the first of its reports
	up, down prometheus.Metric // realtimekit_report_up, 1 and 0
}

// An Exporter collects by a plan.
type Exporter struct {
	logger   log.Logger
	now      func() time.Time
	reports  []Report
	descs    *descs
	metrics  *metrics
	cache    *cache.Cache[key, *answer]
	throttle *throttle.Throttle
	tokens   tokens
	calendar *calendar

	mu      sync.RWMutex // so that a scrape uses one plan throughout
	plan    *Plan
	targets []target // in the order of their names
	byKey   map[key]target
	failing map[key]Failure // whose last asking failed
	noticed noticed

	scraped atomic.Pointer[time.Time] // when the last scrape came
}

// New returns an exporter with an empty plan. What it does in the background ends
// with life; its own metrics are registered with reg. The clock is for wall-clock
// time alone: what day it is, and when something was.
func New(life context.Context, logger log.Logger, reg prometheus.Registerer, now func() time.Time) *Exporter {
	reports := Reports()
	descs := newDescs(reports)
	return &Exporter{
		logger:   logger,
		now:      now,
		reports:  reports,
		descs:    descs,
		calendar: &calendar{desc: descs.dateStart},
		metrics:  newMetrics(reg),
		cache:    cache.New[key, *answer](life),
		throttle: throttle.New(),
		plan:     &Plan{Days: 1},
		failing:  make(map[key]Failure),
		noticed:  noticed{skipped: make(map[key]int)},
	}
}

// Apply puts a plan in force. Answers that it still wants are kept, and so is
// what the rate limit has seen; what waits after a failure is asked again.
func (e *Exporter) Apply(p Plan) {
	var targets []target
	byKey := make(map[key]target)
	for i := range p.Accounts {
		account := &p.Accounts[i]
		for _, app := range account.Apps {
			for j, report := range e.reports {
				t := e.target(p.BaseURL, account, app, report)
				if j == 0 {
					t.info = constant(e.descs.info, 1, app.Name, app.ID, account.ID)
				}
				byKey[t.key] = t
				targets = append(targets, t)
			}
		}
	}

	// A registry sorts what it gathers: nearly sorted input is cheaper.
	slices.SortStableFunc(targets, func(a, b target) int { return cmp.Compare(a.name, b.name) })

	e.mu.Lock()
	old, before := e.plan, e.targets
	e.plan, e.targets, e.byKey = &p, targets, byKey
	e.cache.Retain(func(k key) bool { return byKey[k].account != nil })
	e.cache.Forgive(func(key) bool { return true })
	e.metrics.retain(before, targets)
	maps.DeleteFunc(e.failing, func(k key, _ Failure) bool { return byKey[k].account == nil })
	maps.DeleteFunc(e.noticed.skipped, func(k key, _ int) bool { return byKey[k].account == nil })
	e.mu.Unlock()

	e.throttle.Configure(p.Limit, p.MaxInFlight)
	e.tokens.retain(p.Accounts)
	e.readTokens(&p)
	if old.Client != nil {
		old.Client.CloseIdleConnections()
	}
}

func (e *Exporter) target(baseURL string, account *Account, app App, r Report) target {
	return target{
		key:     key{baseURL, account.ID, app.ID, app.Filters, r.Name},
		name:    app.Name,
		report:  r,
		account: account,
		up:      constant(e.descs.up, 1, app.Name, r.Name),
		down:    constant(e.descs.up, 0, app.Name, r.Name),
	}
}

// Collect asks for all that is due, waits until it is answered or ctx ends, and
// returns what is known.
func (e *Exporter) Collect(ctx context.Context) *Snapshot {
	now := e.now()
	e.scraped.Store(&now)
	e.readTokens(e.current())

	e.mu.RLock()
	s := &Snapshot{
		plan:    e.plan,
		targets: e.targets,
		window:  api.LastDays(e.plan.Days, e.now()),
		descs:   e.descs,
	}
	s.dates = e.calendar.of(s.window)
	asked, p := make([]*cache.Asked[key, *answer], len(s.targets)), policy(s.plan, s.window)
	for i, t := range s.targets {
		asked[i] = e.cache.Ask(t.key, p, e.asking(t.key))
	}
	e.mu.RUnlock()

	for _, a := range asked {
		answer := a.Wait(ctx)
		s.answers = append(s.answers, answer)
		e.metrics.answers.WithLabelValues(string(answer.Result)).Inc()
	}
	s.budgets = e.budgets(s.plan)
	return s
}

func (e *Exporter) current() *Plan {
	e.mu.RLock()
	defer e.mu.RUnlock()
	return e.plan
}

// find returns what is now wanted of a key.
func (e *Exporter) find(k key) (*Plan, target, bool) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	t, ok := e.byKey[k]
	return e.plan, t, ok
}

// policy says when an answer is due. One from another day is, however young, since
// the day that has begun is missing from it; and so is one of a smaller window.
func policy(p *Plan, w api.Window) cache.Policy[*answer] {
	return cache.Policy[*answer]{
		TTL:      p.TTL,
		MaxStale: p.MaxStale,
		Retry:    15 * time.Second,
		MaxRetry: 5 * time.Minute,
		IsOutdated: func(a *answer) bool {
			return !api.Day(a.window.End).Equal(api.Day(w.End)) || w.Start.Before(a.window.Start)
		},
	}
}
