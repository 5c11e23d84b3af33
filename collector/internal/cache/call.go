package cache

import (
	"context"
	"sync"
	"time"
)

// A call is a fetch in progress. Any number of lookups may wait for it.
type call struct {
	cancel context.CancelFunc
	done   chan struct{}

	mu               sync.Mutex
	notBefore, since time.Time     // see [NotBefore]
	changed          chan struct{} // closed, and replaced, when they change
}

func newCall(cancel context.CancelFunc) *call {
	return &call{cancel: cancel, done: make(chan struct{}), changed: make(chan struct{})}
}

func (c *call) end() {
	c.cancel()
	close(c.done)
}

// setNotBefore notifies the lookups that wait of a delay.
func (c *call) setNotBefore(t, since time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if t.Sub(c.notBefore).Abs() < time.Millisecond {
		return // the same but for rounding
	}
	c.notBefore, c.since = t, since
	close(c.changed)
	c.changed = make(chan struct{})
}

func (c *call) delay() (notBefore, since time.Time, changed <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.notBefore, c.since, c.changed
}

// wait waits for the call until ctx ends, on behalf of a lookup that began at
// start. It does not wait
//   - if the request is delayed until after the deadline, or
//   - if requests have been delayed for longer than the lookup may take. Then more
//     requests are due than the rate limit allows, and some request is always about to
//     be sent: every lookup would wait until its deadline.
func (c *call) wait(ctx context.Context, start time.Time) {
	for {
		notBefore, since, changed := c.delay()
		if deadline, ok := ctx.Deadline(); ok &&
			(notBefore.After(deadline) || notBefore.Sub(since) > deadline.Sub(start)) {
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
