// Package cache keeps values that are slow or costly to fetch. It fetches each
// once, however many callers need it, and prefers a stale value to none.
//
// [Cache.Fetch] never waits: it looks up a key and starts a call if the value is
// due. [Lookup.Wait] waits for that call as long as this is useful, and returns the
// state of the key. A call ends with the cache's context and not with that of its first
// caller, so that later callers find its value.
//
// Ages are elapsed time since the request for the value was sent. A wall clock
// that is set back or forward changes nothing.
package cache

import (
	"context"
	"hash/maphash"
	"sync"
	"time"
)

// A Policy defines how long a value is used.
type Policy[V any] struct {
	TTL        time.Duration // a value is due when it is older, less up to [Jitter] of it
	MaxStale   time.Duration // a value is used until it is older than both this and TTL
	Retry      time.Duration // the wait after the first failure; it doubles with each further one
	MaxRetry   time.Duration // the longest wait; no wait is longer than TTL
	IsOutdated func(V) bool  // whether a value is due at any age
}

// Jitter is the largest part of the TTL by which a value is due earlier. It differs
// by key, so that values fetched at the same time do not stay due at the same time.
const Jitter = 0.1

// A Fetch fetches a value and returns when the request for it was sent. Its context
// ends with that of the cache or when the key is dropped.
type Fetch[V any] func(ctx context.Context, notBefore NotBefore) (value V, sent time.Time, err error)

// NotBefore is called by a [Fetch] with the time until which its request is
// delayed, and the time since which requests have been delayed as this one is. It
// is called again when that changes. The zero time means that there is no delay.
type NotBefore func(t, since time.Time)

// A Result is where a value came from.
type Result string

// The results.
const (
	Fresh     Result = "fresh"     // cached, and not due
	Refreshed Result = "refreshed" // fetched during the lookup
	Stale     Result = "stale"     // cached and due, and not fetched in time
	None      Result = "none"      // no value, or one that is too old
)

// An Item is the state of a key.
type Item[V any] struct {
	Value  V    // the last one fetched, also when it is too old to be used
	Known  bool // there is a value
	OK     bool // the last call that ended succeeded
	Result Result
}

// A Cache keeps values of type V by key.
type Cache[K comparable, V any] struct {
	ctx context.Context //nolint:containedctx // the exporter's context: a call outlives its first caller

	mu      sync.Mutex
	entries map[K]*entry[V]
	changes int // of values, counted
	seed    maphash.Seed
}

type entry[V any] struct {
	value   V
	version int       // of value; 0 when there is none
	sent    time.Time // when the request for value was sent
	ok      bool      // the last call succeeded
	wait    time.Duration
	retryAt time.Time
	jitter  float64 // 0 to Jitter
	call    *call   // in progress
}

// New returns an empty cache whose calls end with ctx.
func New[K comparable, V any](ctx context.Context) *Cache[K, V] {
	return &Cache[K, V]{ctx: ctx, entries: make(map[K]*entry[V]), seed: maphash.MakeSeed()}
}

// Fetch looks up k and starts a call if the value is due and none is in progress.
func (c *Cache[K, V]) Fetch(k K, p Policy[V], fetch Fetch[V]) *Lookup[K, V] {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.entry(k)
	now, fresh := time.Now(), e.isFresh(p)
	if !fresh && e.call == nil && !now.Before(e.retryAt) && c.ctx.Err() == nil {
		ctx, cancel := context.WithCancel(c.ctx)
		e.call = newCall(cancel)
		go c.run(ctx, e, e.call, p, fetch)
	}
	return &Lookup[K, V]{cache: c, entry: e, policy: p, call: e.call, start: now, fresh: fresh, version: e.version}
}

// entry finds or creates the entry of a key. The caller holds c.mu.
func (c *Cache[K, V]) entry(k K) *entry[V] {
	e, ok := c.entries[k]
	if !ok {
		const steps = 1 << 16
		e = &entry[V]{jitter: Jitter * float64(maphash.Comparable(c.seed, k)%steps) / steps}
		c.entries[k] = e
	}
	return e
}

// run runs a call and keeps its result.
func (c *Cache[K, V]) run(ctx context.Context, e *entry[V], started *call, p Policy[V], fetch Fetch[V]) {
	value, sent, err := fetch(ctx, started.setNotBefore)
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case err == nil:
		e.value, e.sent, e.ok, e.wait, e.retryAt = value, sent, true, 0, time.Time{}
		e.version++
		c.changes++
	case ctx.Err() == nil: // a canceled call is not a failure
		e.ok = false
		e.wait = min(max(2*e.wait, p.Retry), p.MaxRetry, p.TTL)
		e.retryAt = time.Now().Add(e.wait)
	}
	e.call = nil
	started.end()
}

func (e *entry[V]) isFresh(p Policy[V]) bool {
	return e.version > 0 && time.Since(e.sent) < e.ttl(p) && !p.IsOutdated(e.value)
}

func (e *entry[V]) ttl(p Policy[V]) time.Duration {
	return time.Duration((1 - e.jitter) * float64(p.TTL))
}

// ResetBackoff lets keys that wait after a failure be fetched again immediately.
func (c *Cache[K, V]) ResetBackoff(match func(K) bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for k, e := range c.entries {
		if match(k) {
			e.wait, e.retryAt = 0, time.Time{}
		}
	}
}

// Retain drops all other keys and cancels their calls.
func (c *Cache[K, V]) Retain(keep func(K) bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for k, e := range c.entries {
		if !keep(k) {
			if e.call != nil {
				e.call.cancel()
			}
			delete(c.entries, k)
			c.changes++
		}
	}
}

// A Lookup is the result of looking up a key: a value, or a call for one.
type Lookup[K comparable, V any] struct {
	cache   *Cache[K, V]
	entry   *entry[V]
	policy  Policy[V]
	call    *call
	start   time.Time
	fresh   bool
	version int
}

// Wait waits until the call or ctx ends, and returns the state of the key. It does not
// wait for a call that is delayed for too long. A value that arrives while it waits is
// used at any age.
func (l *Lookup[K, V]) Wait(ctx context.Context) Item[V] {
	if l.call != nil && !l.fresh {
		l.call.wait(ctx, l.start)
	}
	l.cache.mu.Lock()
	defer l.cache.mu.Unlock()
	item := l.entry.item(l.policy)
	switch {
	case l.fresh:
		item.Result = Fresh
	case l.entry.version != l.version:
		item.Result = Refreshed
	}
	return item
}

// item returns the state of a key, as if its value were due.
func (e *entry[V]) item(p Policy[V]) Item[V] {
	item := Item[V]{Value: e.value, Known: e.version > 0, OK: e.ok, Result: None}
	if item.Known && time.Since(e.sent) < max(p.TTL, p.MaxStale) {
		item.Result = Stale
	}
	return item
}
