// Package cache keeps answers that are slow or costly to get. It asks for each
// once, however many want it, and rather shows a stale answer than none.
//
// [Cache.Ask] never waits: it says what is due, and starts one asking for it.
// [Asked.Wait] waits for that asking as long as waiting is of use, and tells what
// is known then. An asking lives on the cache's life and not on its first
// caller's patience, so whoever comes later finds its answer.
//
// Ages are elapsed time: a wall clock that is set back or forward changes nothing.
package cache

import (
	"context"
	"hash/maphash"
	"sync"
	"time"
)

// A Policy says how long an answer is good for.
type Policy[V any] struct {
	TTL        time.Duration // an answer is due when it is older, less up to [Jitter] of it
	MaxStale   time.Duration // shown until older than both this and TTL
	Retry      time.Duration // the wait after a first failure; doubles with each further one
	MaxRetry   time.Duration // … up to this; neither is more than TTL
	IsOutdated func(V) bool  // makes an answer due whatever its age
}

// Jitter is the part of the TTL by which answers are due at different ages, each
// key's at its own, so that what was asked at once is not due at once forever.
const Jitter = 0.1

// An Ask gets an answer. Its context ends with the cache's life or when the key
// is forgotten. It calls hold to say that no answer can come before some time,
// and again when that changes.
type Ask[V any] func(ctx context.Context, hold func(until time.Time)) (V, error)

// A Result says where an answer came from.
type Result string

// The results.
const (
	Fresh     Result = "fresh"     // kept, and not due
	Refreshed Result = "refreshed" // asked for just now
	Stale     Result = "stale"     // kept and due, but nothing newer came
	None      Result = "none"      // nothing to show
)

// An Answer is what is known of a key.
type Answer[V any] struct {
	Value  V    // the last good one, also when it is too old to show
	Known  bool // there has been a good one
	OK     bool // the last asking that finished went well
	Result Result
}

// A Cache keeps answers of type V by key.
type Cache[K comparable, V any] struct {
	life context.Context //nolint:containedctx // the exporter's life: an asking outlives whoever started it

	mu      sync.Mutex
	entries map[K]*entry[V]
	seed    maphash.Seed
}

type entry[V any] struct {
	value   V
	at      time.Time // of value; zero when there never was one
	ok      bool      // the last asking went well
	wait    time.Duration
	retryAt time.Time
	jitter  float64 // 0 to Jitter
	flight  *flight // the asking under way
}

// New returns an empty cache whose askings end with life.
func New[K comparable, V any](life context.Context) *Cache[K, V] {
	return &Cache[K, V]{life: life, entries: make(map[K]*entry[V]), seed: maphash.MakeSeed()}
}

// Ask looks up k and, when its answer is due and nobody asks yet, starts asking.
func (c *Cache[K, V]) Ask(k K, p Policy[V], ask Ask[V]) *Asked[K, V] {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.entries[k]
	if !ok {
		const steps = 1 << 16
		e = &entry[V]{jitter: Jitter * float64(maphash.Comparable(c.seed, k)%steps) / steps}
		c.entries[k] = e
	}
	fresh := e.isFresh(p)
	if !fresh && e.flight == nil && !time.Now().Before(e.retryAt) && c.life.Err() == nil {
		ctx, cancel := context.WithCancel(c.life)
		e.flight = newFlight(cancel)
		go c.fly(ctx, e, e.flight, p, ask)
	}
	return &Asked[K, V]{cache: c, entry: e, policy: p, flight: e.flight, fresh: fresh, at: e.at}
}

func (c *Cache[K, V]) fly(ctx context.Context, e *entry[V], f *flight, p Policy[V], ask Ask[V]) {
	value, err := ask(ctx, f.hold)
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case err == nil:
		e.value, e.at, e.ok, e.wait, e.retryAt = value, time.Now(), true, 0, time.Time{}
	case ctx.Err() == nil: // else it was called off, which is nobody's failure
		e.ok = false
		e.wait = min(max(2*e.wait, p.Retry), p.MaxRetry, p.TTL)
		e.retryAt = time.Now().Add(e.wait)
	}
	e.flight = nil
	f.end()
}

func (e *entry[V]) isFresh(p Policy[V]) bool {
	return !e.at.IsZero() && time.Since(e.at) < e.ttl(p) && !p.IsOutdated(e.value)
}

func (e *entry[V]) ttl(p Policy[V]) time.Duration {
	return time.Duration((1 - e.jitter) * float64(p.TTL))
}

// Forgive lets the keys be asked again at once that wait after a failure.
func (c *Cache[K, V]) Forgive(whom func(K) bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for k, e := range c.entries {
		if whom(k) {
			e.wait, e.retryAt = 0, time.Time{}
		}
	}
}

// Retain forgets the other keys, and calls off what is being asked for them.
func (c *Cache[K, V]) Retain(keep func(K) bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for k, e := range c.entries {
		if !keep(k) {
			if e.flight != nil {
				e.flight.cancel()
			}
			delete(c.entries, k)
		}
	}
}

// Asked is a look-up: an answer, or one that may come.
type Asked[K comparable, V any] struct {
	cache  *Cache[K, V]
	entry  *entry[V]
	policy Policy[V]
	flight *flight
	fresh  bool
	at     time.Time
}

// Wait waits until the asking ends or ctx does, and not at all when no answer
// can come in time. It tells what is known then.
func (a *Asked[K, V]) Wait(ctx context.Context) Answer[V] {
	if a.flight != nil && !a.fresh {
		a.flight.wait(ctx)
	}
	a.cache.mu.Lock()
	defer a.cache.mu.Unlock()
	answer := a.entry.answer(a.policy)
	switch {
	case a.fresh:
		answer.Result = Fresh
	case a.entry.at != a.at:
		answer.Result = Refreshed
	}
	return answer
}

// answer is what is known, as if it were due.
func (e *entry[V]) answer(p Policy[V]) Answer[V] {
	answer := Answer[V]{Value: e.value, Known: !e.at.IsZero(), OK: e.ok, Result: None}
	if answer.Known && time.Since(e.at) < max(p.TTL, p.MaxStale) {
		answer.Result = Stale
	}
	return answer
}
