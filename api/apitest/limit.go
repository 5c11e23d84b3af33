package apitest

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// Limit enforces a rate limit: a token with more requests than this in any span of
// per gets responses 429, code 971, with a Retry-After, until per has passed.
// Without a call to Limit, 1200 requests in 5 minutes are announced in the headers
// Ratelimit and Ratelimit-Policy, but not enforced. Limit resets all counts.
func (a *API) Limit(requests int, per time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.limit = limiter{requests: requests, per: per, enforced: true, tokens: map[string]*spent{}}
}

type limiter struct {
	requests int
	per      time.Duration
	enforced bool
	tokens   map[string]*spent
}

type spent struct {
	times  []time.Time // of the requests in the last span
	locked time.Time   // until when all are refused
}

func newLimiter() limiter {
	return limiter{requests: 1200, per: 5 * time.Minute, tokens: map[string]*spent{}}
}

// A decision is the result of the limit for one request.
type decision struct {
	limit, remaining int
	per, reset       time.Duration
	refused          bool
}

func (l *limiter) admit(token string, now time.Time) decision {
	s := l.tokens[token]
	if s == nil {
		s = &spent{}
		l.tokens[token] = s
	}
	d := decision{limit: l.requests, per: l.per}
	if now.Before(s.locked) {
		d.refused, d.reset = true, s.locked.Sub(now)
		return d
	}
	s.times = slices.DeleteFunc(s.times, func(t time.Time) bool { return now.Sub(t) >= l.per })
	if l.enforced && len(s.times) >= l.requests {
		s.times, s.locked = nil, now.Add(l.per)
		d.refused, d.reset = true, l.per
		return d
	}
	s.times = append(s.times, now)
	d.remaining, d.reset = max(0, l.requests-len(s.times)), s.times[0].Add(l.per).Sub(now)
	return d
}

func (d decision) writeHeader(h http.Header) {
	reset := seconds(d.reset)
	h.Set("Ratelimit", fmt.Sprintf(`"default";r=%d;t=%d`, d.remaining, reset))
	h.Set("Ratelimit-Policy", fmt.Sprintf(`"default";q=%d;w=%d`, d.limit, seconds(d.per)))
	if d.refused {
		h.Set("Retry-After", strconv.Itoa(reset))
	}
}

// seconds rounds up, so that a client which waits that long waits long enough.
func seconds(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }
