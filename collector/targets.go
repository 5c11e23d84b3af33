package collector

import (
	"cmp"
	"maps"
	"slices"
	"sync/atomic"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector/internal/tokens"
)

// Apply loads a plan. Responses that it still needs are kept, and so are the lists of
// apps and the state of the rate limit. What failed is fetched again by the next scrape.
// Apply waits until the directory of the plan has been read, for 5 s at most.
func (e *Exporter) Apply(p Plan) {
	sources := make(map[string]tokens.Source, len(p.Accounts))
	for _, account := range p.Accounts {
		sources[account.ID] = account.Token
	}
	e.tokens.Retain(sources)
	e.mu.Lock()
	old := e.plan
	e.plan = &p
	e.lists.Retain(func(k listKey) bool { return p.discovering(k) != nil })
	maps.DeleteFunc(e.failingLists, func(k listKey, _ Failure) bool { return p.discovering(k) == nil })
	changes := e.rebuild()
	e.cache.ResetBackoff(func(key) bool { return true })
	e.lists.ResetBackoff(func(listKey) bool { return true })
	e.mu.Unlock()
	e.logChanges(changes)

	e.throttle.Configure(p.Limit, p.MaxInFlight)
	e.tokens.Refresh()
	if old.Client != nil {
		old.Client.CloseIdleConnections()
	}
	e.useDirectory(p.Directory)
}

// rebuild sets the targets: every report of the apps in the plan and of those in the
// lists. What exists for other targets is dropped, and for the same ones kept as it is.
// It returns how the discovered apps have changed. The caller holds e.mu.
func (e *Exporter) rebuild() []change {
	p, old := e.plan, e.selections
	e.selections = make(map[listKey]*selection)
	for i := range p.Accounts {
		if account := &p.Accounts[i]; account.Discover != nil {
			k := listKey{p.BaseURL, account.ID}
			e.selections[k] = newSelection(account, e.lists.Peek(k, listPolicy(account.Discover)).Value)
		}
	}
	discovered := e.names.assign(p, e.selections)

	type accountApp struct {
		*Account
		App
	}
	var apps []accountApp
	for i := range p.Accounts {
		account := &p.Accounts[i]
		for _, app := range slices.Concat(account.Apps, discovered[account.ID]) {
			apps = append(apps, accountApp{account, app})
		}
	}
	slices.SortStableFunc(apps, func(a, b accountApp) int { return cmp.Compare(a.Name, b.Name) })
	var targets []target
	byKey := make(map[key]target)
	for i, report := range p.Reports {
		for _, app := range apps {
			t := newTarget(p.BaseURL, app.Account, app.App, report)
			t.first, t.fetch = i == 0, e.fetcher(t.key)
			t.failures = cmp.Or(byKey[t.key].failures, e.byKey[t.key].failures) // the first may be the same app with other filters
			if t.failures == nil {
				t.failures = &atomic.Pointer[failures]{}
				t.failures.Store(&failures{e.now(), make(map[api.Reason]int)})
			}
			byKey[t.key] = t
			targets = append(targets, t)
		}
	}

	e.targets, e.byKey = targets, byKey
	e.version++
	e.cache.Retain(func(k key) bool { return byKey[k].account != nil })
	maps.DeleteFunc(e.failing, func(k key, _ Failure) bool { return byKey[k].account == nil })
	maps.DeleteFunc(e.noticed.skipped, func(k key, _ int) bool { return byKey[k].account == nil })
	return changesOf(old, e.selections)
}

func newTarget(baseURL string, account *Account, app App, r Report) target {
	filters := ""
	if r.Filtered {
		filters = app.Filters
	}
	return target{
		key:     key{baseURL, account.ID, app.ID, filters, r.Name},
		name:    app.Name,
		report:  r,
		account: account,
	}
}
