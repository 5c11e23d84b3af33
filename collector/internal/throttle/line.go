package throttle

import (
	"sort"
	"time"

	"golang.org/x/time/rate"
)

// dispatch lets go whoever may, in order, and sets the alarm for the next. While
// there is no slot, that is for who gives one back.
func (t *Throttle) dispatch() {
	var (
		now    = time.Now()
		next   time.Time
		left   = t.line[:0]
		before = make(map[string]time.Time) // which a token's requests can't leave
	)
	for i, w := range t.line {
		if t.inFlight >= t.slots {
			left = append(left, t.line[i:]...)
			break
		}
		token := w.token()
		if before[token].IsZero() {
			at := t.earliest(token, 0, now)
			if at.IsZero() && t.charge(token, now) {
				t.inFlight++
				w.hold(time.Time{})
				w.leave <- token
				continue
			}
			if at.IsZero() {
				at = now // a fraction of a request is missing, by rounding
			}
			before[token] = at
			if next.IsZero() || at.Before(next) {
				next = at
			}
		}
		left = append(left, w)
	}
	clear(t.line[len(left):])
	t.line = left
	if !next.IsZero() {
		t.alarm.Reset(max(next.Sub(now), time.Millisecond))
	}
}

// announce tells each in line when it can leave at the earliest.
func (t *Throttle) announce() {
	now := time.Now()
	ahead := make(map[string]int)
	for _, w := range t.line {
		token := w.token()
		w.hold(t.earliest(token, ahead[token], now))
		ahead[token]++
	}
}

// welcome tells the last in line, whose coming changes nothing for the others.
func (t *Throttle) welcome() {
	last := t.line[len(t.line)-1]
	token, ahead := last.token(), 0
	for _, w := range t.line[:len(t.line)-1] {
		if w.token() == token {
			ahead++
		}
	}
	last.hold(t.earliest(token, ahead, time.Now()))
}

// earliest is when a request can leave that has some of its token's ahead of it;
// the zero time is now.
func (t *Throttle) earliest(token string, ahead int, now time.Time) time.Time {
	if token == "" {
		return time.Time{}
	}
	l := t.lane(token)
	from := now
	if l.quietUntil.After(now) {
		from = l.quietUntil
	}
	if missing := float64(ahead+1) - l.bucket.TokensAt(from); missing > 0 {
		from = from.Add(time.Duration(missing / float64(l.bucket.Limit()) * float64(time.Second)))
	}
	if !from.After(now) {
		return time.Time{}
	}
	return from
}

func (t *Throttle) charge(token string, now time.Time) bool {
	if token == "" {
		return true
	}
	l := t.lane(token)
	if !l.bucket.AllowN(now, 1) {
		return false
	}
	l.left = append(l.since(now.Add(-t.limit.Per)), now)
	return true
}

// since is when requests left after some time. Those before are not needed again,
// and appending to the rest lets go of them in time.
func (l *lane) since(then time.Time) []time.Time {
	return l.left[sort.Search(len(l.left), func(i int) bool { return l.left[i].After(then) }):]
}

// lane finds or makes a token's lane, and forgets those that are as good as new.
func (t *Throttle) lane(token string) *lane {
	if l, ok := t.lanes[token]; ok {
		return l
	}
	now := time.Now()
	for other, l := range t.lanes {
		if !l.quietUntil.After(now) && l.bucket.TokensAt(now) >= float64(t.limit.Burst()) && len(l.since(now.Add(-t.limit.Per))) == 0 {
			delete(t.lanes, other)
		}
	}
	l := &lane{bucket: rate.NewLimiter(t.limit.rate(), t.limit.Burst())}
	t.lanes[token] = l
	return l
}
