package throttle

import "time"

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
			next = now.Add(time.Millisecond) // once for many that change the queue
		}
	}
	if !next.IsZero() {
		t.timer.Reset(next.Sub(now))
	}
}

// choose returns the token whose first waiter gets the next slot, or else the time
// at which the first waiter of any token can be sent. Slots are shared fairly: the
// token with the fewest requests in flight is next, among equals one with more than
// background requests, and among these the one that waits longest.
func (t *Throttle) choose(now time.Time) (chosen *tokenState, next time.Time) {
	var first *waiter // of the chosen token
	for _, s := range t.tokens {
		w := s.queue.first()
		if w == nil {
			continue
		}
		at := s.earliest(t.limit, 0, now)
		switch {
		case !at.IsZero():
			if next.IsZero() || at.Before(next) {
				next = at
			}
		case chosen == nil, s.inFlight < chosen.inFlight,
			s.inFlight == chosen.inFlight && first.Background && !w.Background,
			s.inFlight == chosen.inFlight && first.Background == w.Background && s.served < chosen.served:
			chosen, first = s, w
		}
	}
	return chosen, next
}

// grant gives a slot to the first waiter of a token.
func (t *Throttle) grant(s *tokenState, now time.Time) {
	w := s.queue.first()
	s.queue.remove(w)
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

// notify notifies the waiters of a token until when they are delayed. That changes
// only when the limit or the pause does, or their position: when one ahead of them is
// removed from the queue without being sent, or one arrives that is sent before them.
func (t *Throttle) notify(s *tokenState) {
	s.moved = false
	now, ahead := time.Now(), 0
	for w := range s.queue.all() {
		w.notify(s.earliest(t.limit, ahead, now), s.busy(now))
		ahead++
	}
}
