package collector

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"time"

	"github.com/go-kit/log/level"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector/internal/cache"
)

// maxDiscovered is the largest number of discovered apps of an account.
const maxDiscovered = 1000

// A Discover selects the apps in the list of an account to collect: those whose
// name or ID matches a pattern of Include and none of Exclude. The patterns must be
// anchored.
type Discover struct {
	Include, Exclude []*regexp.Regexp
	Interval         time.Duration // how long a list is used before the next request
}

// A listKey is the list of apps of an account.
type listKey struct{ baseURL, accountID string }

// An appList is a complete list of apps.
type appList struct {
	apps []api.ListedApp
	sent time.Time // when the first page was requested
}

// discovering returns the account whose list this is, nil if it is not in the plan or
// does not discover its apps.
func (p *Plan) discovering(k listKey) *Account {
	for i := range p.Accounts {
		if a := &p.Accounts[i]; a.ID == k.accountID && a.Discover != nil && p.BaseURL == k.baseURL {
			return a
		}
	}
	return nil
}

// listPolicy defines when a list is due. The last successful one is used at any age.
func listPolicy(d *Discover) cache.Policy[*appList] {
	return cache.Policy[*appList]{
		TTL:        d.Interval,
		Retry:      15 * time.Second,
		MaxRetry:   5 * time.Minute,
		IsOutdated: func(*appList) bool { return false },
	}
}

// A listLookup is the lookup of the list of an account.
type listLookup struct {
	key    listKey
	lookup *cache.Lookup[listKey, *appList]
}

// fetchLists looks up the lists of apps, and starts to fetch those that are due. The
// caller holds e.mu.
func (e *Exporter) fetchLists() (lists []listLookup) {
	for _, account := range e.plan.Accounts {
		if account.Discover != nil {
			k := listKey{e.plan.BaseURL, account.ID}
			lists = append(lists, listLookup{k, e.lists.Fetch(k, listPolicy(account.Discover), e.listFetcher(k))})
		}
	}
	return lists
}

// awaitLists waits for the lists until ctx ends. If they have changed, so do the
// targets of the snapshot, and the lookups of their reports are returned. The reports
// of known apps are fetched meanwhile.
func (e *Exporter) awaitLists(ctx context.Context, s *Snapshot, lists []listLookup, lookups []*cache.Lookup[key, *response]) []*cache.Lookup[key, *response] {
	items := make([]cache.Item[*appList], len(lists))
	for i, l := range lists {
		items[i] = l.lookup.Wait(ctx)
	}
	e.logChanges(e.useLists(s.plan, lists, items))

	e.mu.RLock()
	defer e.mu.RUnlock()
	for i, l := range lists {
		s.discoveries = append(s.discoveries, discovery{account: l.key.accountID, ok: items[i].OK})
		if selection := e.selections[l.key]; selection != nil {
			s.discoveries[i].selection = *selection
		}
	}
	if e.plan != s.plan || e.version == s.version {
		return lookups // a reload meanwhile concerns the next scrape
	}
	existing := make(map[key]*cache.Lookup[key, *response], len(lookups))
	for i, t := range s.targets {
		existing[t.key] = lookups[i]
	}
	s.targets = e.targets
	return e.fetchReports(s, existing) //nolint:contextcheck // a call outlives the scrape that starts it
}

// useLists updates the targets if the apps in a list have changed.
func (e *Exporter) useLists(p *Plan, lists []listLookup, items []cache.Item[*appList]) []change {
	e.mu.RLock()
	isNew := func(i int) bool {
		return e.plan == p && items[i].Known && e.selections[lists[i].key].list != items[i].Value
	}
	none := true
	for i := range lists {
		none = none && !isNew(i)
	}
	e.mu.RUnlock()
	if none {
		return nil
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	same := true
	for i, l := range lists {
		if !isNew(i) {
			continue
		}
		s := e.selections[l.key]
		if s.list == nil || !slices.Equal(s.list.apps, items[i].Value.apps) {
			same = false
		} else {
			s.list = items[i].Value
		}
	}
	if same {
		return nil
	}
	return e.rebuild()
}

// listFetcher returns how the cache fetches a list of apps, and records the result.
func (e *Exporter) listFetcher(k listKey) cache.Fetch[*appList] {
	return func(ctx context.Context, notBefore cache.NotBefore) (*appList, time.Time, error) {
		account := func() *Account { return e.current().discovering(k) }
		list, sent, err := fetchAs(ctx, e, account, notBefore, func(s *sender, app api.App) (*appList, error) {
			apps, err := api.Via(s.send).Client().Apps(ctx, app)
			if err != nil {
				return nil, err
			}
			list := &appList{apps, s.sentAt}
			if a := account(); a != nil {
				err = newSelection(a, list).err
			}
			return list, err
		})
		if err == nil || ctx.Err() == nil {
			e.recordList(k, err)
		}
		return list, sent, err
	}
}

// recordList keeps and logs the result of a request for a list.
func (e *Exporter) recordList(k listKey, err error) {
	e.mu.Lock()
	wanted := e.plan.discovering(k) != nil
	before, failing := e.failingLists[k]
	reason := api.Reason("")
	if apiErr := (*api.Error)(nil); errors.As(err, &apiErr) {
		reason = apiErr.Reason
	}
	switch {
	case err == nil:
		delete(e.failingLists, k)
	case wanted:
		e.failingLists[k] = Failure{Err: err, Reason: reason, At: e.now(), Times: before.Times + 1}
	}
	e.mu.Unlock()
	switch {
	case !wanted:
	case reason != "":
		_ = level.Warn(e.logger).Log("msg", "list of apps failed", "account_id", k.accountID, "reason", reason, "err", err)
	case err != nil:
		_ = level.Warn(e.logger).Log("msg", "list of apps failed", "account_id", k.accountID, "err", err)
	case failing:
		_ = level.Info(e.logger).Log("msg", "list of apps recovered", "account_id", k.accountID)
	}
}
