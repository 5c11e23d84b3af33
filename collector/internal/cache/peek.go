package cache

import "time"

// A State is what is known of a key, and what comes next.
type State[V any] struct {
	Answer[V]               // its result is Fresh, Stale or None
	DueIn     time.Duration // how long a fresh answer is not asked for again because of its age
	RetryIn   time.Duration // how long the key is not asked again after a failure
	Asking    bool          // an asking is under way, or waits
	HeldFor   time.Duration // how long that one can't be answered, as it has said
}

// Peek tells the state of a key. It starts nothing and waits for nothing.
func (c *Cache[K, V]) Peek(k K, p Policy[V]) State[V] {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.entries[k]
	if !ok {
		return State[V]{Answer: Answer[V]{Result: None}}
	}
	s := State[V]{Answer: e.answer(p), RetryIn: max(0, time.Until(e.retryAt)), Asking: e.flight != nil}
	if e.isFresh(p) {
		s.Result, s.DueIn = Fresh, e.ttl(p)-time.Since(e.at)
	}
	if s.Asking {
		s.HeldFor = max(0, time.Until(e.flight.heldUntil()))
	}
	return s
}
