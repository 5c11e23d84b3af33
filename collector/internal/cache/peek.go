package cache

import "time"

// A State is the state of a key, and when it is fetched next.
type State[V any] struct {
	Item[V]                  // its result is Fresh, Stale or None
	DueIn      time.Duration // how long a fresh value is not due because of its age
	RetryIn    time.Duration // how long the key is not fetched again after a failure
	Fetching   bool          // a call is in progress
	DelayedFor time.Duration // how long its request is delayed
}

// Peek returns the state of a key. It starts nothing and waits for nothing.
func (c *Cache[K, V]) Peek(k K, p Policy[V]) State[V] {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.entries[k]
	if !ok {
		return State[V]{Item: Item[V]{Result: None}}
	}
	s := State[V]{Item: e.item(p), RetryIn: max(0, time.Until(e.retryAt)), Fetching: e.call != nil}
	if e.isFresh(p) {
		s.Result, s.DueIn = Fresh, e.ttl(p)-time.Since(e.sent)
	}
	if s.Fetching {
		notBefore, _, _ := e.call.delay()
		s.DelayedFor = max(0, time.Until(notBefore))
	}
	return s
}
