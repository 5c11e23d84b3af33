package cache

import (
	"context"
	"sync"
	"time"
)

// A call is a fetch in progress. Any number of lookups may wait for it.
type call struct {
	started time.Time
	cancel  context.CancelFunc
	done    chan struct{}

	mu        sync.Mutex
	notBefore time.Time
	changed   chan struct{} // closed, and replaced, when notBefore changes
}

func newCall(cancel context.CancelFunc) *call {
	return &call{started: time.Now(), cancel: cancel, done: make(chan struct{}), changed: make(chan struct{})}
}

func (c *call) end() {
	c.cancel()
	close(c.done)
}

// setNotBefore notifies those who wait that the request is delayed until then.
func (c *call) setNotBefore(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if t.Sub(c.notBefore).Abs() < time.Millisecond {
		return // the same but for rounding
	}
	c.notBefore = t
	close(c.changed)
	c.changed = make(chan struct{})
}

func (c *call) delayedUntil() (time.Time, <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.notBefore, c.changed
}

// wait waits for the call until ctx ends, on behalf of a lookup that began at
// start, but only if the call is delayed for no longer than that lookup may take.
//
// So a lookup does not wait for what can't come before its deadline. And when more
// is due than the rate limit carries, so that every call spends a long time in the
// queue, no lookup waits for the few calls that happen to reach its head.
func (c *call) wait(ctx context.Context, start time.Time) {
	for {
		notBefore, changed := c.delayedUntil()
		if deadline, ok := ctx.Deadline(); ok && notBefore.Sub(c.started) > deadline.Sub(start) {
			return
		}
		select {
		case <-c.done:
			return
		case <-ctx.Done():
			return
		case <-changed:
		}
	}
}
