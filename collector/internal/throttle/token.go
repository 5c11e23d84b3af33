package throttle

import (
	"sort"
	"time"
)

// history is the minimum number of requests whose times are kept for a token, even
// when the limit looks back at fewer, because the next limit may look back
// further. It is what the API itself accepts in 5 minutes.
const history = 1200

// A tokenState is the state of one token: its bucket, pause and queue.
type tokenState struct {
	full        time.Time   // when the bucket is full again; it is full from then on
	busySince   time.Time   // when it was last full, if it is not
	pausedUntil time.Time   // no request is sent before
	sent        []time.Time // when the latest requests were sent, in ascending order
	inFlight    int
	served      uint64 // the number of the last request that got a slot, over all tokens
	queue       queue
	moved       bool // the positions of waiters have changed, and they are not notified of it
}

// earliest returns when a request of the token can be sent, given the number of its
// requests that are sent before. It ignores the wait for a slot. The zero time means
// now.
func (s *tokenState) earliest(l Limit, ahead int, now time.Time) time.Time {
	from := latest(now, s.pausedUntil)
	missing := time.Duration(ahead + 1 - l.Burst()) // in a full bucket
	at := latest(from, latest(from, s.full).Add(missing*l.interval()))

	// The bucket alone keeps the limit while that does not change. After a change,
	// requests sent before it count as well.
	if i := len(s.sent) + ahead - l.Requests; i >= 0 && i < len(s.sent) {
		at = latest(at, s.sent[i].Add(l.Per))
	}
	if !at.After(now) {
		return time.Time{}
	}
	return at
}

// busy returns since when the bucket has not been full.
func (s *tokenState) busy(now time.Time) time.Time {
	if s.full.After(now) {
		return s.busySince
	}
	return now
}

// charge takes a request that is sent now out of the bucket.
func (s *tokenState) charge(l Limit, now time.Time) {
	s.busySince = s.busy(now)
	s.full = latest(now, s.full).Add(l.interval())
	excess := max(0, len(s.sent)+1-max(l.Requests, history))
	s.sent = append(s.sent[excess:], now)
}

// change converts the bucket to another limit. It never adds requests to the bucket.
func (s *tokenState) change(from, to Limit, now time.Time) {
	if from == to || from == (Limit{}) {
		return
	}
	s.busySince = s.busy(now)
	missing := float64(to.Burst() - from.Burst())
	if s.full.After(now) {
		missing += float64(s.full.Sub(now)) / float64(from.interval())
	}
	s.full = now.Add(time.Duration(max(0, missing) * float64(to.interval())))
}

// remaining is the number of requests that can be sent immediately.
func (s *tokenState) remaining(l Limit, now time.Time) int {
	if s.pausedUntil.After(now) {
		return 0
	}
	n := l.Burst()
	if missing := s.full.Sub(now); missing > 0 {
		n -= int((missing + l.interval() - 1) / l.interval())
	}
	return max(0, min(n, l.Requests-s.sentSince(now.Add(-l.Per))))
}

// sentSince counts the requests sent after some time, as far as they are kept.
func (s *tokenState) sentSince(t time.Time) int {
	return len(s.sent) - sort.Search(len(s.sent), func(i int) bool { return s.sent[i].After(t) })
}

// isIdle reports whether the state can be dropped: no request waits, no pause is
// active, and the last request is too old to count, also after a change of the
// limit.
func (s *tokenState) isIdle(l Limit, now time.Time) bool {
	return s.queue.len() == 0 && !s.pausedUntil.After(now) && s.sentSince(now.Add(-max(l.Per, time.Hour))) == 0
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
