// Package oneshot sends the requests of commands that run once and expose no metrics.
//
// A [Limiter] keeps them within the rate limit of a plan. [Limiter.Accounts] finds the
// apps of the plan (accounts.go), [Limiter.History] requests past days of an app
// (history.go).
package oneshot

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector/internal/throttle"
)

// A Limiter sends requests within the rate limit of a plan. Use [New] or [NewRetrying]
// to create one.
type Limiter struct {
	plan     *collector.Plan
	throttle *throttle.Throttle
	now      func() time.Time
	retries  bool

	mu      sync.Mutex
	refused map[api.Secret]error // why requests with a token are no longer sent
}

// New returns a limiter that sends each request once. After a 429, all further requests
// with the same token fail without being sent.
func New(p *collector.Plan, now func() time.Time) *Limiter {
	l := &Limiter{plan: p, throttle: throttle.New(), now: now, refused: make(map[api.Secret]error)}
	l.throttle.Configure(p.Limit, p.MaxInFlight)
	return l
}

// NewRetrying returns a limiter for a command that takes long. After a 429, its requests
// with the same token wait for the pause. A request that fails for a temporary reason is
// sent up to 4 times.
func NewRetrying(p *collector.Plan, now func() time.Time) *Limiter {
	l := New(p, now)
	l.retries = true
	return l
}

// Client returns a client for requests with a token. They wait for the rate limit.
// observe, if not nil, is called with the duration of each request, without the wait.
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
			l.pause(token, apiErr.Pause(l.now()))
		}
		return err
	}).Client()
}

// Estimate returns how long the rate limit and a pause delay the last of a number of
// requests with a token. The number includes the requests that already wait.
func (l *Limiter) Estimate(token api.Secret, requests int) time.Duration {
	return l.throttle.Estimate(string(token), requests)
}

func (l *Limiter) refusal(token api.Secret) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.refused[token]
}

// pause delays the requests with a token after a 429, or ends their wait.
func (l *Limiter) pause(token api.Secret, d time.Duration) {
	if l.retries {
		l.throttle.Pause(string(token), d)
		return
	}
	l.mu.Lock()
	l.refused[token] = fmt.Errorf("not requested, because the API refused another request with the same token (HTTP 429): try again in %v", d.Round(time.Second))
	l.mu.Unlock()
	l.throttle.Reschedule()
}

// maxTries is how often a retrying limiter sends a request.
const maxTries = 4

// try calls a function that sends requests. A retrying limiter calls it again while it
// fails for a temporary reason: after 15 s, 30 s and 60 s, or after the pause.
func (l *Limiter) try(ctx context.Context, request func() error) error {
	wait := 15 * time.Second
	for n := 1; ; n++ {
		err := request()
		apiErr, ok := errors.AsType[*api.Error](err)
		if !l.retries || !ok || n == maxTries || ctx.Err() != nil {
			return err
		}
		switch apiErr.Reason {
		case api.ReasonRateLimited:
			continue // the next request waits for the pause
		case api.ReasonTimeout, api.ReasonNetwork, api.ReasonServer:
		default:
			return err
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return err
		}
		wait *= 2
	}
}
