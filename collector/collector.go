// Package collector turns the analytics of RealtimeKit apps into metrics.
//
// A scrape fetches, then exposes. [Exporter.Snapshot] looks up every report of
// every app and waits for the responses until its context ends; the cache behind it
// (internal/cache) fetches only what is due, and a throttle (internal/throttle)
// keeps the requests within the rate limit. The result, a [Snapshot], is the
// [prometheus.Collector]: it can neither wait nor fail.
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

// A key holds all that a response depends on, and nothing else: a reload drops the
// keys that are no longer wanted and so keeps the responses of all others. The
// window of days is not part of it, so that the last response is found after
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

// An Exporter collects the reports of its plan.
type Exporter struct {
	logger   log.Logger
	now      func() time.Time
	descs    *descs
	metrics  *metrics
	cache    *cache.Cache[key, *response]
	throttle *throttle.Throttle
	tokens   *tokens
	dates    *dateCache

	mu      sync.RWMutex // so that a scrape uses one plan throughout
	plan    *Plan
	targets []target // in the order of their names
	byKey   map[key]target
	failing map[key]Failure // whose last fetch failed
	noticed noticed

	scraped atomic.Pointer[time.Time] // when the last scrape began
}

// New returns an exporter with an empty plan. Its background work ends with ctx; its own metrics are registered with reg. The clock is used for
// wall-clock time only: the current day, and the time of an event.
func New(ctx context.Context, logger log.Logger, reg prometheus.Registerer, now func() time.Time) *Exporter {
	descs := newDescs()
	e := &Exporter{
		logger:   logger,
		now:      now,
		descs:    descs,
		dates:    &dateCache{desc: descs.dateStart},
		metrics:  newMetrics(reg),
		cache:    cache.New[key, *response](ctx),
		throttle: throttle.New(),
		plan:     &Plan{Days: 1},
		failing:  make(map[key]Failure),
		noticed:  noticed{skipped: make(map[key]int)},
	}
	e.tokens = newTokens(ctx, logger, func(accountID string) {
		e.cache.ResetBackoff(func(k key) bool { return k.accountID == accountID })
		e.throttle.Reschedule()
	})
	return e
}

// Apply loads a plan. Responses that it still wants are kept, and so is the state
// of the rate limit. Failed reports are fetched again by the next scrape.
func (e *Exporter) Apply(p Plan) {
	var targets []target
	byKey := make(map[key]target)
	for i := range p.Accounts {
		account := &p.Accounts[i]
		for _, app := range account.Apps {
			for j, report := range p.Reports {
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

	e.tokens.retain(p.Accounts)
	e.mu.Lock()
	old := e.plan
	e.plan, e.targets, e.byKey = &p, targets, byKey
	e.cache.Retain(func(k key) bool { return byKey[k].account != nil })
	e.cache.ResetBackoff(func(key) bool { return true })
	e.metrics.failures.retain(targets)
	maps.DeleteFunc(e.failing, func(k key, _ Failure) bool { return byKey[k].account == nil })
	maps.DeleteFunc(e.noticed.skipped, func(k key, _ int) bool { return byKey[k].account == nil })
	e.mu.Unlock()

	e.throttle.Configure(p.Limit, p.MaxInFlight)
	e.tokens.refresh(p.Accounts)
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

// Snapshot fetches every report that is due, waits for the responses until ctx ends,
// and returns what is known. It does not wait for requests that the rate limit or a
// pause delays until after ctx ends.
func (e *Exporter) Snapshot(ctx context.Context) *Snapshot {
	now := e.now()
	e.scraped.Store(&now)
	e.tokens.refresh(e.current().Accounts)

	e.mu.RLock()
	s := &Snapshot{
		plan:    e.plan,
		targets: e.targets,
		window:  api.LastDays(e.plan.Days, e.now()),
		descs:   e.descs,
	}
	s.dates = e.dates.get(s.window)
	lookups := make([]*cache.Lookup[key, *response], len(s.targets))
	for i, t := range s.targets {
		lookups[i] = e.cache.Fetch(t.key, policy(s.plan, t.report, s.window), e.fetcher(t.key))
	}
	e.mu.RUnlock()

	for _, l := range lookups {
		item := l.Wait(ctx)
		s.items = append(s.items, item)
		e.metrics.results.WithLabelValues(string(item.Result)).Inc()
	}
	s.budgets = e.budgets(s.plan)
	return s
}

func (e *Exporter) current() *Plan {
	e.mu.RLock()
	defer e.mu.RUnlock()
	return e.plan
}

// find returns the target of a key in the loaded plan.
func (e *Exporter) find(k key) (t target, ok bool) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	t, ok = e.byKey[k]
	return t, ok
}

// policy defines when a response is due. One of another day is due at any age,
// because it lacks the current day, and so is one of a smaller window.
func policy(p *Plan, r Report, w api.Window) cache.Policy[*response] {
	return cache.Policy[*response]{
		TTL:      r.TTL(p),
		MaxStale: r.MaxStale(p),
		Retry:    15 * time.Second,
		MaxRetry: 5 * time.Minute,
		IsOutdated: func(r *response) bool {
			return !api.Day(r.window.End).Equal(api.Day(w.End)) || w.Start.Before(r.window.Start)
		},
	}
}
