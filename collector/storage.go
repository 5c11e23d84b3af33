package collector

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"
	"time"

	"github.com/go-kit/log/level"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector/internal/cache"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector/internal/storage"
)

// A store keeps successful responses and lists of apps in [Plan.Directory].
type store struct {
	ctx  context.Context //nolint:containedctx // the exporter's context: the last write follows its end
	desc *prometheus.Desc

	mu        sync.Mutex
	directory string
	keeper    *storage.Keeper[savedEntry] // the last one, even if it has ended
}

func newStore(ctx context.Context) *store {
	return &store{ctx: ctx, desc: prometheus.NewDesc("realtimekit_exporter_cache_storage_up",
		"Whether the last read or write in cache.directory succeeded.", nil, nil)}
}

// useDirectory keeps the cache in a directory from now on. It waits until the file is
// read, but only for seconds, because the file system may not respond.
func (e *Exporter) useDirectory(directory string) {
	s := e.store
	s.mu.Lock()
	if s.directory == directory {
		s.mu.Unlock()
		return
	}
	if s.keeper != nil {
		s.keeper.Stop()
	}
	s.directory = directory
	if directory == "" {
		s.mu.Unlock()
		return
	}
	s.keeper = storage.Keep(s.ctx, storage.New[savedEntry](directory, savedVersion), storage.Entries[savedEntry]{
		Restore: func(entries []savedEntry, err error) { e.restore(directory, entries, err) },
		Changes: func() int { return e.cache.Changes() + e.lists.Changes() },
		Save:    e.save,
		Notify:  func(err error) { e.notifyStorage(directory, err) },
	}, s.keeper)
	started := s.keeper.Started()
	s.mu.Unlock()
	<-started
}

// state returns whether there is a directory, and the error of its last read or write.
func (s *store) state() (kept bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.directory == "" {
		return false, nil
	}
	return true, s.keeper.Err()
}

// WaitSaved waits for the last write to the directory, which begins when the exporter's
// context ends. It returns early if ctx ends.
func (e *Exporter) WaitSaved(ctx context.Context) {
	e.store.mu.Lock()
	k := e.store.keeper
	e.store.mu.Unlock()
	if k == nil {
		return
	}
	select {
	case <-k.Done():
	case <-ctx.Done():
	}
}

func (e *Exporter) notifyStorage(directory string, err error) {
	if err != nil {
		_ = level.Warn(e.logger).Log("msg", "cache storage failed, responses are kept in memory only", "directory", directory, "err", err)
		return
	}
	_ = level.Info(e.logger).Log("msg", "cache storage recovered", "directory", directory)
}

// Describe implements [prometheus.Collector].
func (s *store) Describe(ch chan<- *prometheus.Desc) { ch <- s.desc }

// Collect implements [prometheus.Collector].
func (s *store) Collect(ch chan<- prometheus.Metric) {
	kept, err := s.state()
	switch {
	case !kept:
	case err != nil:
		ch <- constant(s.desc, 0)
	default:
		ch <- constant(s.desc, 1)
	}
}

// save returns all lists and responses. They are immutable, so they can be encoded
// without a lock.
func (e *Exporter) save() iter.Seq[savedEntry] {
	lists, responses, now := e.lists.Save(), e.cache.Save(), e.now().UTC()
	return func(yield func(savedEntry) bool) {
		for _, l := range lists {
			if !yield(saveList(l.Key, l.Value, now.Add(-l.Age))) {
				return
			}
		}
		for _, r := range responses {
			if !yield(saveResponse(r.Key, r.Value, now.Add(-r.Age))) {
				return
			}
		}
	}
}

// restore adds the entries of a file to the caches, or none if one is invalid.
func (e *Exporter) restore(directory string, entries []savedEntry, err error) {
	if errors.Is(err, storage.ErrNone) {
		return
	}
	// Another process may have sent requests a moment ago.
	e.throttle.StartEmpty()
	var (
		lists     []cache.Saved[listKey, *appList]
		responses []cache.Saved[key, *response]
	)
	if err == nil {
		lists, responses, err = decodeSaved(e.current(), entries, e.now())
	}
	if err != nil {
		_ = level.Warn(e.logger).Log("msg", "cache file ignored", "directory", directory, "err", err)
		return
	}
	usedLists, usedResponses := e.restoreLists(lists), e.restoreResponses(responses)
	_ = level.Info(e.logger).Log("msg", "cache restored", "directory", directory, "responses", usedResponses, "lists", usedLists)
}

// decodeSaved returns the lists of apps, and the responses of the reports in a plan.
func decodeSaved(p *Plan, entries []savedEntry, now time.Time) (lists []cache.Saved[listKey, *appList], responses []cache.Saved[key, *response], err error) {
	reports := make(map[string]Report)
	for _, r := range p.Reports {
		reports[r.Name] = r
	}
	for i, entry := range entries {
		var err error
		if s := entry.List; s != nil {
			var list *appList
			list, err = s.list(now)
			lists = append(lists, cache.Saved[listKey, *appList]{Key: s.key(), Value: list, Age: now.Sub(s.Sent)})
		}
		if s := entry.Response; s != nil && err == nil {
			report, ok := reports[s.Report]
			if !ok {
				continue
			}
			var data Data
			if data, err = s.data(report, now); err == nil {
				responses = append(responses, cache.Saved[key, *response]{Key: s.key(), Value: newResponse(report, data), Age: now.Sub(s.Sent)})
			}
		}
		if err != nil {
			return nil, nil, fmt.Errorf("%w: entry %d has %w", storage.ErrInvalid, i+1, err)
		}
	}
	return lists, responses, nil
}

// restoreLists adds the lists of accounts that still have discovery, and updates the
// targets.
func (e *Exporter) restoreLists(lists []cache.Saved[listKey, *appList]) (used int) {
	e.mu.Lock()
	for _, l := range lists {
		if account := e.plan.discovering(l.Key); account != nil {
			e.lists.Restore(l, listPolicy(account.Discover))
			used++
		}
	}
	var changes []change
	if used > 0 {
		changes = e.rebuild()
	}
	e.mu.Unlock()
	e.logChanges(changes)
	return used
}

// restoreResponses adds the responses of current targets that are not too old.
func (e *Exporter) restoreResponses(responses []cache.Saved[key, *response]) (used int) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	window := api.LastDays(e.plan.Days, e.now())
	for _, r := range responses {
		t, wanted := e.byKey[r.Key]
		if !wanted {
			continue
		}
		if p := policy(e.plan, t.report, window); r.Age < max(p.TTL, p.MaxStale) {
			e.cache.Restore(r, p)
			used++
		}
	}
	return used
}
