package throttle

import "time"

// A Limit is the maximum number of requests with one token in any span of length Per.
// It is a token bucket: its capacity is a third of Requests, and the rest is refilled
// in each span. A full bucket and a complete refill together do not exceed Requests.
type Limit struct {
	Requests int // at least 3
	Per      time.Duration
}

// Burst is the number of requests that can be sent immediately when none was sent
// before.
func (l Limit) Burst() int { return l.Requests / 3 }

// Refill is the sustainable number of requests per span.
func (l Limit) Refill() int { return l.Requests - l.Burst() }

// interval is the time in which the bucket gains one request, rounded up so that
// it never gains too many.
func (l Limit) interval() time.Duration {
	refill := time.Duration(max(l.Refill(), 1))
	return (l.Per + refill - 1) / refill
}
