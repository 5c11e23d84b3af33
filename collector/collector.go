// Package collector turns the analytics of RealtimeKit apps into metrics.
//
// A scrape fetches, then exposes. [Exporter.Snapshot] looks up every report of
// every app and waits for the responses until its context ends; the cache behind it
// (internal/cache) fetches only what is due, and a throttle (internal/throttle)
// keeps the requests within the rate limit. The result, a [Snapshot], can neither wait
// nor fail. Its metrics are made in group.go, and internal/exposition encodes those that
// have changed since the last one.
//
// Each [Report] has a file, for example livestreams.go. A [Plan] has the accounts, apps
// and settings; [Exporter.Apply] replaces it as a whole. discovery.go finds more apps of
// its accounts.
package collector

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector/internal/cache"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector/internal/exposition"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector/internal/throttle"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector/internal/tokens"
)

// A key is everything that a response depends on. A reload drops the keys that are no
// longer wanted, and keeps the responses of all others. The name, the token and the
// window of days are not part of it; the last response is still found after midnight.
// The filters are empty if they do not apply to the report: apps that differ only in
// their filters share its response.
type key struct{ baseURL, accountID, appID, filters, report string }

// A target is a report of an app.
type target struct {
	key
	name    string
	report  Report
	account *Account

	fetch    cache.Fetch[*response]
	first    bool // the first report of the app
	failures *atomic.Pointer[failures]
}

// An Exporter collects the reports of its plan.
type Exporter struct {
	logger   log.Logger
	now      func() time.Time
	descs    *descs
	metrics  *metrics
	cache    *cache.Cache[key, *response]
	lists    *cache.Cache[listKey, *appList]
	throttle *throttle.Throttle
	tokens   *tokens.Tokens
	store    *store

	mu      sync.RWMutex // so that a scrape uses one plan throughout
	plan    *Plan
	targets []target // in the order of their reports and names
	version int      // of the targets
	byKey   map[key]target
	failing map[key]Failure // whose last fetch failed
	noticed noticed

	selections   map[listKey]*selection // of the accounts that discover their apps
	failingLists map[listKey]Failure
	names        names
	manySeries   bool // a warning about too many series was logged

	scraped    atomic.Pointer[time.Time] // when the last scrape began
	groups     atomic.Pointer[groups]    // of the last snapshot
	exposition *exposition.Cache
}

// New returns an exporter with an empty plan. Its background work ends with ctx; its own metrics are registered with reg. The clock is used for
// wall-clock time only: the current day, and the time of an event.
func New(ctx context.Context, logger log.Logger, reg prometheus.Registerer, now func() time.Time) *Exporter {
	e := &Exporter{
		logger:   logger,
		now:      now,
		descs:    newDescs(),
		metrics:  newMetrics(reg),
		cache:    cache.New[key, *response](ctx),
		lists:    cache.New[listKey, *appList](ctx),
		throttle: throttle.New(),
		store:    newStore(ctx),
		plan:     &Plan{Days: 1},
		failing:  make(map[key]Failure),
		noticed:  noticed{skipped: make(map[key]int)},

		failingLists: make(map[listKey]Failure),
		names:        newNames(),
		exposition:   exposition.New(),
	}
	e.tokens = tokens.New(ctx, logger, func(accountID string) {
		e.cache.ResetBackoff(func(k key) bool { return k.accountID == accountID })
		e.lists.ResetBackoff(func(k listKey) bool { return k.accountID == accountID })
		e.throttle.Reschedule()
	})
	reg.MustRegister(e.store)
	return e
}

// Snapshot fetches every list of apps and every report that is due, waits for the
// responses until ctx ends, and returns what is known. It does not wait for requests
// that the rate limit or a pause delays until after ctx ends.
func (e *Exporter) Snapshot(ctx context.Context) *Snapshot {
	now := e.now()
	e.scraped.Store(&now)
	e.tokens.Refresh()

	e.mu.RLock()
	s := &Snapshot{
		plan:    e.plan,
		targets: e.targets,
		version: e.version,
		window:  api.LastDays(e.plan.Days, e.now()),
		descs:   e.descs,

		exposition: e.exposition,
	}
	lists := e.fetchLists()           //nolint:contextcheck // a call outlives the scrape that starts it
	lookups := e.fetchReports(s, nil) //nolint:contextcheck // a call outlives the scrape that starts it
	e.mu.RUnlock()

	if len(lists) > 0 {
		lookups = e.awaitLists(ctx, s, lists, lookups)
	}
	states, results := make([]state, len(lookups)), make(map[cache.Result]int)
	for i, l := range lookups {
		item := l.Wait(ctx)
		states[i] = newState(s.targets[i], item)
		results[item.Result]++
	}
	for result, n := range results {
		e.metrics.results.WithLabelValues(string(result)).Add(float64(n))
	}
	s.groups = e.groups.Load().next(s.descs, s.window, s.targets, states)
	e.groups.Store(s.groups)
	s.budgets = e.budgets(s.plan)
	return s
}

// fetchReports looks up the reports of a snapshot's targets, and starts to fetch what
// is due. The caller holds e.mu. Lookups that exist are kept.
func (e *Exporter) fetchReports(s *Snapshot, existing map[key]*cache.Lookup[key, *response]) []*cache.Lookup[key, *response] {
	policies := make(map[string]cache.Policy[*response])
	for _, r := range s.plan.Reports {
		policies[r.Name] = policy(s.plan, r, s.window)
	}
	lookups := make([]*cache.Lookup[key, *response], len(s.targets))
	for i, t := range s.targets {
		l, ok := existing[t.key]
		if !ok {
			l = e.cache.Fetch(t.key, policies[t.report.Name], t.fetch)
		}
		lookups[i] = l
	}
	return lookups
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

// policy defines when a response is due. That of a report by day is due at any age if
// it is of another day, because it lacks the current day, or of a smaller window.
func policy(p *Plan, r Report, w api.Window) cache.Policy[*response] {
	today := api.Day(w.End)
	tomorrow := today.AddDate(0, 0, 1)
	return cache.Policy[*response]{
		TTL:      r.TTL(p),
		MaxStale: r.MaxStale(p),
		Retry:    15 * time.Second,
		MaxRetry: 5 * time.Minute,
		IsOutdated: func(last *response) bool {
			end := last.data.Window.End
			return r.Daily() && (end.Before(today) || !end.Before(tomorrow) || w.Start.Before(last.data.Window.Start))
		},
	}
}
