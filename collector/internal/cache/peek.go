package cache

import "time"

// A State is what is known of a key, and what comes next.
type State[V any] struct {
	Answer[V]                // its result is Fresh, Stale or None
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
		return State[V]{Answer: Answer[V]{Result: None}}
	}
	s := State[V]{Answer: e.answer(p), RetryIn: max(0, time.Until(e.retryAt)), Fetching: e.call != nil}
	if e.isFresh(p) {
		s.Result, s.DueIn = Fresh, e.ttl(p)-time.Since(e.sent)
	}
	if s.Fetching {
		notBefore, _, _ := e.call.delay()
		s.DelayedFor = max(0, time.Until(notBefore))
	}
	return s
}
