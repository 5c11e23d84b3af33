package collector

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector/internal/cache"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector/internal/throttle"
)

// fetcher returns how the cache fetches the report of a target. It reads the token,
// waits for the throttle, sends the request by the plan that is loaded then, and
// records the result.
func (e *Exporter) fetcher(k key) cache.Fetch[*answer] {
	return func(ctx context.Context, notBefore cache.NotBefore) (*answer, time.Time, error) {
		a, sent, err := e.fetch(ctx, k, notBefore)
		if err == nil || ctx.Err() == nil {
			e.record(k, err)
		}
		return a, sent, err
	}
}

func (e *Exporter) fetch(ctx context.Context, k key, notBefore cache.NotBefore) (*answer, time.Time, error) {
	for {
		_, t, ok := e.find(k)
		if !ok {
			return nil, time.Time{}, context.Canceled // by the reload that removed the app
		}
		token, err := e.tokens.read(ctx, t.account)
		if err != nil {
			return nil, time.Time{}, api.TokenError(err)
		}
		current := func() bool { return e.tokens.of(k.accountID) == token }
		release, err := e.throttle.Acquire(ctx, throttle.Request{Token: string(token), Current: current, NotBefore: notBefore})
		if errors.Is(err, throttle.ErrReplaced) {
			continue
		}
		if err != nil {
			return nil, time.Time{}, err
		}
		a, sent, err := e.send(ctx, k, token)
		release()
		if err != nil && ctx.Err() == nil && !current() {
			continue // the failure says nothing about the new token
		}
		return a, sent, err
	}
}

// send sends a request that has a slot.
func (e *Exporter) send(ctx context.Context, k key, token api.Secret) (*answer, time.Time, error) {
	plan, t, ok := e.find(k)
	if !ok {
		return nil, time.Time{}, context.Canceled
	}
	app := api.App{AccountID: t.accountID, ID: t.appID, Filters: t.filters, Token: token}

	timeout, cancel := context.WithTimeout(ctx, plan.Timeout)
	defer cancel()
	sent, window := time.Now(), api.LastDays(plan.Days, e.now())
	data, err := t.report.Fetch(timeout, plan.Client, app, window)

	code := "200"
	if apiErr := (*api.Error)(nil); errors.As(err, &apiErr) {
		if code = strconv.Itoa(apiErr.Status); apiErr.Status == 0 {
			code = "error"
		}
		if apiErr.Reason == api.ReasonRateLimited {
			e.throttle.Pause(string(token), apiErr.Pause(e.now()))
		}
	}
	if code == "error" && ctx.Err() != nil {
		return nil, sent, ctx.Err() // canceled by a reload or by stopping, which is not an error
	}
	e.metrics.duration.Observe(time.Since(sent).Seconds())
	e.metrics.requests.WithLabelValues(code).Inc()
	if err != nil {
		return nil, sent, err
	}
	e.notice(t, data, window.End)
	return newAnswer(t.report, data, window), sent, nil
}
