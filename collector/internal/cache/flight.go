package cache

import (
	"context"
	"sync"
	"time"
)

// A flight is an asking under way. Any number may wait for it.
type flight struct {
	cancel context.CancelFunc
	done   chan struct{}

	mu        sync.Mutex
	notBefore time.Time
	moved     chan struct{} // closed, and replaced, when notBefore changes
}

func newFlight(cancel context.CancelFunc) *flight {
	return &flight{cancel: cancel, done: make(chan struct{}), moved: make(chan struct{})}
}

func (f *flight) end() {
	f.cancel()
	close(f.done)
}

// hold tells those who wait that no answer comes before then.
func (f *flight) hold(until time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if until.Sub(f.notBefore).Abs() < time.Millisecond {
		return // the same but for rounding: nobody needs to wake
	}
	f.notBefore = until
	close(f.moved)
	f.moved = make(chan struct{})
}

func (f *flight) heldUntil() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.notBefore
}

// wait returns when the asking or ctx ends, or once the asking can't end before ctx.
func (f *flight) wait(ctx context.Context) {
	for {
		f.mu.Lock()
		notBefore, moved := f.notBefore, f.moved
		f.mu.Unlock()
		if deadline, ok := ctx.Deadline(); ok && notBefore.After(deadline) {
			return
		}
		select {
		case <-f.done:
			return
		case <-ctx.Done():
			return
		case <-moved:
		}
	}
}
