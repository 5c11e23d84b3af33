package throttle

import (
	"container/list"
	"errors"
	"time"
)

// ErrReplaced means that the token of a request that waited is no longer current.
var ErrReplaced = errors.New("the token has been replaced")

// A Request is what waits to be sent.
type Request struct {
	Token string // its limit and pause apply

	// Current reports whether Token is still the one to send; nil: always. It is
	// called while the request waits, see [Throttle.Reschedule], and must not call
	// the throttle.
	Current func() bool

	// NotBefore, if not nil, is called with the time until which the rate limit or a
	// pause delays the request, and again when that changes; the zero time means that
	// neither does. busySince is the time since which the budget of the token has been
	// in use: recent after a burst, long ago if more is requested than is sustainable.
	// It must not call the throttle.
	NotBefore func(t, busySince time.Time)
}

// A waiter is a request in the queue of its token.
type waiter struct {
	Request
	notified time.Time // the last time that NotBefore was called with
	element  *list.Element
	done     chan error // nil: the request has a slot
}

func (w *waiter) notify(notBefore, busySince time.Time) {
	w.notified = notBefore
	if w.NotBefore != nil {
		w.NotBefore(notBefore, busySince)
	}
}

func (w *waiter) isReplaced() bool { return w.Current != nil && !w.Current() }

// dispatch gives free slots to the requests that can be sent, and sets the timer
// for the next one. While no slot is free, the next one is found when a slot is
// released. Its cost per request depends on the number of tokens, not on the
// length of the queues.
func (t *Throttle) dispatch() {
	var (
		now  = time.Now()
		next time.Time
	)
	for t.inFlight < t.slots {
		var s *tokenState
		if s, next = t.choose(now); s == nil {
			break
		}
		t.grant(s, now)
	}
	for _, s := range t.tokens {
		if s.moved {
			next = now.Add(time.Millisecond) // once for many that are removed from the queue
		}
	}
	if !next.IsZero() {
		t.timer.Reset(next.Sub(now))
	}
}

// choose returns the token whose first waiter gets the next slot, or else the time
// at which the first waiter of any token can be sent. Slots are shared fairly: the
// token with the fewest requests in flight is next, among equals the one that
// waits longest.
func (t *Throttle) choose(now time.Time) (chosen *tokenState, next time.Time) {
	for _, s := range t.tokens {
		if s.queue.Len() == 0 {
			continue
		}
		at := s.earliest(t.limit, 0, now)
		switch {
		case !at.IsZero():
			if next.IsZero() || at.Before(next) {
				next = at
			}
		case chosen == nil, s.inFlight < chosen.inFlight, s.inFlight == chosen.inFlight && s.served < chosen.served:
			chosen = s
		}
	}
	return chosen, next
}

// grant gives a slot to the first waiter of a token.
func (t *Throttle) grant(s *tokenState, now time.Time) {
	w := s.remove(s.queue.Front())
	s.charge(t.limit, now)
	t.count++
	s.served = t.count
	s.inFlight++
	t.inFlight++
	if w.notified.After(now) {
		w.notify(now, s.busySince)
	}
	w.done <- nil
}

func (s *tokenState) remove(e *list.Element) *waiter {
	w := s.queue.Remove(e).(*waiter)
	w.element = nil
	return w
}

// notify notifies the waiters of a token until when they are delayed. That changes
// only when the limit or the pause does, or when one ahead of them is removed from
// the queue without being sent: the position of a waiter determines its time.
func (t *Throttle) notify(s *tokenState) {
	s.moved = false
	now, ahead := time.Now(), 0
	for e := s.queue.Front(); e != nil; e = e.Next() {
		e.Value.(*waiter).notify(s.earliest(t.limit, ahead, now), s.busy(now))
		ahead++
	}
}
