package collector

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector/internal/throttle"
)

// A Limiter sends requests within the rate limit of a plan, for commands that send each
// request once and expose no metrics. Use [NewLimiter] to create one.
type Limiter struct {
	plan     *Plan
	throttle *throttle.Throttle
	now      func() time.Time

	mu      sync.Mutex
	refused map[api.Secret]error // why requests with a token are no longer sent
}

// NewLimiter returns a limiter whose rate limits are unused.
func NewLimiter(p *Plan, now func() time.Time) *Limiter {
	l := &Limiter{plan: p, throttle: throttle.New(), now: now, refused: make(map[api.Secret]error)}
	l.throttle.Configure(p.Limit, p.MaxInFlight)
	return l
}

// Client returns a client for requests with a token. They wait for the rate limit. After
// a 429, no more requests with the token are sent: they fail. observe, if not nil, is
// called with the duration of each request, without the wait.
func (l *Limiter) Client(token api.Secret, observe func(time.Duration)) *api.Client {
	queued := throttle.Request{Token: string(token), Current: func() bool { return l.refusal(token) == nil }}
	return api.Via(func(ctx context.Context, send func(context.Context, *api.Client) error) error {
		release, err := l.throttle.Acquire(ctx, queued)
		switch {
		case errors.Is(err, throttle.ErrReplaced):
			return l.refusal(token)
		case err != nil:
			return err
		}
		defer release()
		timeout, cancel := context.WithTimeout(ctx, l.plan.Timeout)
		defer cancel()
		start := time.Now()
		err = send(timeout, l.plan.Client)
		if observe != nil {
			observe(time.Since(start))
		}
		if apiErr, ok := errors.AsType[*api.Error](err); ok && apiErr.Reason == api.ReasonRateLimited {
			l.refuse(token, apiErr.Pause(l.now()))
		}
		return err
	}).Client()
}

func (l *Limiter) refusal(token api.Secret) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.refused[token]
}

// refuse ends the wait of the requests with a token.
func (l *Limiter) refuse(token api.Secret, pause time.Duration) {
	l.mu.Lock()
	l.refused[token] = fmt.Errorf("not requested, because the API refused another request with the same token (HTTP 429): try again in %v", pause.Round(time.Second))
	l.mu.Unlock()
	l.throttle.Reschedule()
}
