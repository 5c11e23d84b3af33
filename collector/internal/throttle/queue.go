package throttle

import (
	"container/list"
	"errors"
	"iter"
	"time"
)

// ErrReplaced means that the token of a request that waited is no longer current.
var ErrReplaced = errors.New("the token has been replaced")

// A Request is a request that waits to be sent.
type Request struct {
	Token string // its limit and pause apply

	// Background requests are sent when no other request of the token waits.
	Background bool

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
	notified time.Time     // the last time that NotBefore was called with
	element  *list.Element // nil: it is no longer in the queue
	done     chan error    // nil: the request has a slot
}

func (w *waiter) notify(notBefore, busySince time.Time) {
	w.notified = notBefore
	if w.NotBefore != nil {
		w.NotBefore(notBefore, busySince)
	}
}

func (w *waiter) isReplaced() bool { return w.Current != nil && !w.Current() }

// A queue has the waiting requests of a token: background requests last, otherwise in
// order of arrival.
type queue struct {
	requests, background list.List // of *waiter
}

func (q *queue) len() int { return q.requests.Len() + q.background.Len() }

// list returns the part of the queue that a request belongs to.
func (q *queue) list(r Request) *list.List {
	if r.Background {
		return &q.background
	}
	return &q.requests
}

// ahead counts the waiters ahead of a request that arrives, and those behind it.
func (q *queue) ahead(r Request) (ahead, behind int) {
	if r.Background {
		return q.len(), 0
	}
	return q.requests.Len(), q.background.Len()
}

func (q *queue) push(w *waiter) { w.element = q.list(w.Request).PushBack(w) }

func (q *queue) remove(w *waiter) {
	q.list(w.Request).Remove(w.element)
	w.element = nil
}

// first returns the waiter that is sent next, nil if there is none.
func (q *queue) first() *waiter {
	for w := range q.all() {
		return w
	}
	return nil
}

// all returns the waiters in the order in which they are sent. The current one may be
// removed.
func (q *queue) all() iter.Seq[*waiter] {
	return func(yield func(*waiter) bool) {
		for _, l := range []*list.List{&q.requests, &q.background} {
			for e := l.Front(); e != nil; {
				w := e.Value.(*waiter)
				e = e.Next()
				if !yield(w) {
					return
				}
			}
		}
	}
}
