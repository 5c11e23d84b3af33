// Package throttle decides when a request may leave: never more than the rate
// limit lets through for its token, never while its token has to keep quiet, and
// never more at once than there are slots. A request that waits for its token takes
// no slot. Requests leave in order of arrival, except that none waits behind
// another's token.
package throttle

import (
	"context"
	"slices"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// A Limit is the most requests of one token in any span of time: a token bucket
// that holds a third of them and is filled with the rest in each such span, so
// that a full bucket and a whole refill together are not more.
type Limit struct {
	Requests int // at least 3
	Per      time.Duration
}

// Burst is how many requests may leave at once.
func (l Limit) Burst() int { return l.Requests / 3 }

// Refill is how many requests per span can be sustained.
func (l Limit) Refill() int { return l.Requests - l.Burst() }

func (l Limit) rate() rate.Limit { return rate.Limit(float64(l.Refill()) / l.Per.Seconds()) }

// A Throttle holds requests back. Make one with [New].
type Throttle struct {
	mu       sync.Mutex
	limit    Limit
	slots    int
	inFlight int
	lanes    map[string]*lane
	line     []*turn
	alarm    *time.Timer // rings when the next of those in line may leave
}

// A lane is what is known of a token.
type lane struct {
	bucket     *rate.Limiter
	quietUntil time.Time
	left       []time.Time // when its requests left, as far as the limit looks back
}

// A turn is a request that waits.
type turn struct {
	token func() string
	hold  func(time.Time)
	leave chan string
}

// New returns a throttle that lets nothing through until [Throttle.Configure].
func New() *Throttle {
	t := &Throttle{lanes: make(map[string]*lane)}
	t.alarm = time.AfterFunc(time.Hour, t.Look)
	t.alarm.Stop()
	return t
}

// Configure sets limits. What has been spent stays spent, and a pause stays.
func (t *Throttle) Configure(limit Limit, slots int) {
	t.mu.Lock()
	t.limit, t.slots = limit, slots
	for _, l := range t.lanes {
		l.bucket.SetLimit(limit.rate())
		l.bucket.SetBurst(limit.Burst())
	}
	t.mu.Unlock()
	t.Look()
}

// Look looks at the line again: what token says may have changed.
func (t *Throttle) Look() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.dispatch()
	t.announce()
}

// Wait waits until a request may leave that carries what token returns by then,
// which is what its budget is charged to, and returns that token. [Throttle.Done]
// must be called once the request is over. No token ("") waits only for a slot.
// Wait tells hold the time before which the request can't leave, and again when
// that changes; the zero time says that it is only for a slot. Neither function
// may call the throttle.
func (t *Throttle) Wait(ctx context.Context, token func() string, hold func(time.Time)) (string, error) {
	w := &turn{token: token, hold: hold, leave: make(chan string, 1)}
	t.mu.Lock()
	t.line = append(t.line, w)
	t.welcome()
	t.dispatch()
	t.mu.Unlock()
	select {
	case charged := <-w.leave:
		return charged, nil
	case <-ctx.Done():
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if i := slices.Index(t.line, w); i >= 0 {
		t.line = slices.Delete(t.line, i, i+1)
		t.announce()
	} else { // it was let through at this very moment
		t.inFlight--
		t.dispatch()
	}
	return "", ctx.Err()
}

// Done gives back a slot.
func (t *Throttle) Done() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.inFlight--
	t.dispatch()
}

// Pause keeps a token quiet for some time, or longer if it is already.
func (t *Throttle) Pause(token string, d time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	l := t.lane(token)
	if until := time.Now().Add(d); until.After(l.quietUntil) {
		l.quietUntil = until
	}
	t.dispatch()
	t.announce()
}

// State tells how long a token is still paused, and how many of its requests may
// leave at once now.
func (t *Throttle) State(token string) (paused time.Duration, remaining int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	l, ok := t.lanes[token]
	if !ok {
		return 0, t.limit.Burst()
	}
	if paused = time.Until(l.quietUntil); paused > 0 {
		return paused, 0
	}
	return 0, max(0, int(l.bucket.Tokens()))
}

// Left counts the requests of a token that have left in the last span of the limit.
func (t *Throttle) Left(token string) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	l, ok := t.lanes[token]
	if !ok {
		return 0
	}
	return len(l.since(time.Now().Add(-t.limit.Per)))
}

// Waiting counts the requests in line, by the token that they would carry now.
func (t *Throttle) Waiting() map[string]int {
	t.mu.Lock()
	defer t.mu.Unlock()
	waiting := make(map[string]int)
	for _, w := range t.line {
		waiting[w.token()]++
	}
	return waiting
}
