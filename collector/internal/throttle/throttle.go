// Package throttle decides when a request is sent: within the rate limit of its
// token, not while its token is paused, and only when a slot is free. A request
// that waits for its token occupies no slot. The requests of a token are sent in order
// of arrival; background requests are sent when no other one waits. Tokens share the
// slots fairly: a token whose requests hang delays other tokens by at most the duration
// of one request.
package throttle

import (
	"context"
	"sync"
	"time"
)

// A Throttle delays requests. Use [New] to create one.
type Throttle struct {
	mu       sync.Mutex
	limit    Limit
	slots    int
	inFlight int
	count    uint64 // requests that got a slot
	tokens   map[string]*tokenState
	empty    time.Time   // when the bucket of a new token is empty
	timer    *time.Timer // fires when the next waiter can be sent
}

// New returns a throttle that delays every request until [Throttle.Configure] is
// called.
func New() *Throttle {
	t := &Throttle{tokens: make(map[string]*tokenState)}
	t.timer = time.AfterFunc(time.Hour, t.tick)
	t.timer.Stop()
	return t
}

// StartEmpty empties the buckets of all tokens that have not sent a request yet. It is
// for a process that may have sent requests before it was restarted.
func (t *Throttle) StartEmpty() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.empty = time.Now()
}

// tick runs when the timer fires.
func (t *Throttle) tick() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, s := range t.tokens {
		if s.moved {
			t.notify(s)
		}
	}
	t.dispatch()
}

// Configure sets the rate limit of every token and the number of requests in
// flight over all tokens. Requests that were sent before the change count as well:
// a request is sent only if the span of the new limit that ends with it holds no
// more than that limit. Pauses are kept.
func (t *Throttle) Configure(limit Limit, slots int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now()
	for _, s := range t.tokens {
		s.change(t.limit, limit, now)
	}
	t.limit, t.slots = limit, slots
	t.dispatch()
	for _, s := range t.tokens {
		t.notify(s)
	}
}

// Acquire waits until a request can be sent, charges it to its token, and returns
// a function that must be called once the request is over. It returns
// [ErrReplaced] if the token is replaced meanwhile.
func (t *Throttle) Acquire(ctx context.Context, r Request) (release func(), err error) {
	w := &waiter{Request: r, done: make(chan error, 1)}
	t.mu.Lock()
	if w.isReplaced() {
		t.mu.Unlock()
		return nil, ErrReplaced
	}
	s := t.state(r.Token)
	now := time.Now()
	ahead, behind := s.queue.ahead(r)
	w.notify(s.earliest(t.limit, ahead, now), s.busy(now))
	s.queue.push(w)
	s.moved = s.moved || behind > 0
	t.dispatch()
	t.mu.Unlock()

	select {
	case err = <-w.done:
	case <-ctx.Done():
		err = t.abandon(s, w, ctx.Err())
	}
	if err != nil {
		return nil, err
	}
	return func() { t.release(s) }, nil
}

// abandon removes a waiter whose context has ended.
func (t *Throttle) abandon(s *tokenState, w *waiter, err error) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if w.element == nil { // it got a slot, or its token was replaced, at the same time
		return <-w.done
	}
	s.queue.remove(w)
	s.moved = s.queue.len() > 0
	t.dispatch()
	return err
}

func (t *Throttle) release(s *tokenState) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s.inFlight--
	t.inFlight--
	t.dispatch()
}

// Reschedule ends the wait of the requests whose token is no longer current. It
// must be called after a token has been replaced.
func (t *Throttle) Reschedule() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, s := range t.tokens {
		for w := range s.queue.all() {
			if w.isReplaced() {
				s.queue.remove(w)
				s.moved = true
				w.notify(time.Time{}, time.Time{})
				w.done <- ErrReplaced
			}
		}
	}
	t.dispatch()
}

// Pause delays the requests of a token for some time. A shorter pause does not end
// a longer one.
func (t *Throttle) Pause(token string, d time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s, now := t.state(token), time.Now()
	s.pausedUntil = latest(s.pausedUntil, now.Add(d))
	t.dispatch()
	t.notify(s)
}

// State returns how long a token is still paused, and the number of its requests
// that can be sent immediately.
func (t *Throttle) State(token string) (paused time.Duration, remaining int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s, ok := t.tokens[token]
	if !ok {
		s = t.newState()
	}
	return max(0, time.Until(s.pausedUntil)), s.remaining(t.limit, time.Now())
}

// Estimate returns how long the limit and a pause delay the last of a number of requests
// with a token. The number includes the requests that already wait.
func (t *Throttle) Estimate(token string, requests int) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	s, ok := t.tokens[token]
	if !ok {
		s = &tokenState{}
	}
	now := time.Now()
	at := s.earliest(t.limit, requests-1, now)
	if requests < 1 || at.IsZero() {
		return 0
	}
	return at.Sub(now)
}

// Sent counts the requests of a token in the last span of the limit.
func (t *Throttle) Sent(token string) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	s, ok := t.tokens[token]
	if !ok {
		return 0
	}
	return s.sentSince(time.Now().Add(-t.limit.Per))
}

// Waiting counts the requests of a token that wait.
func (t *Throttle) Waiting(token string) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	if s, ok := t.tokens[token]; ok {
		return s.queue.len()
	}
	return 0
}

// state finds or creates the state of a token. It drops idle states.
func (t *Throttle) state(token string) *tokenState {
	if s, ok := t.tokens[token]; ok {
		return s
	}
	now := time.Now()
	for other, s := range t.tokens {
		if s.isIdle(t.limit, now) {
			delete(t.tokens, other)
		}
	}
	t.count++
	s := t.newState()
	s.served = t.count
	t.tokens[token] = s
	return s
}

// newState returns the state of a token that has sent no request in this process.
func (t *Throttle) newState() *tokenState {
	if t.empty.IsZero() {
		return &tokenState{}
	}
	full := t.empty.Add(time.Duration(t.limit.Burst()) * t.limit.interval())
	return &tokenState{full: full, busySince: t.empty}
}
