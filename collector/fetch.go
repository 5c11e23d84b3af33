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

// fetcher returns how the cache fetches the report of a target, and records the
// result.
func (e *Exporter) fetcher(k key) cache.Fetch[*response] {
	return func(ctx context.Context, notBefore cache.NotBefore) (*response, time.Time, error) {
		r, sent, err := e.fetch(ctx, k, notBefore)
		if err == nil || ctx.Err() == nil {
			e.record(k, err)
		}
		return r, sent, err
	}
}

// fetch reads the token and sends the requests of a report. If the token is
// replaced meanwhile, it starts again.
func (e *Exporter) fetch(ctx context.Context, k key, notBefore cache.NotBefore) (*response, time.Time, error) {
	for {
		t, ok := e.find(k)
		if !ok {
			return nil, time.Time{}, context.Canceled // a reload has removed the app
		}
		token, err := e.tokens.read(ctx, t.account)
		if err != nil {
			return nil, time.Time{}, api.TokenError(err)
		}
		s := &sender{
			exporter: e, key: k,
			queued: throttle.Request{
				Token:     string(token),
				Current:   func() bool { return e.tokens.of(k.accountID) == token },
				NotBefore: notBefore,
			},
		}
		app := api.App{AccountID: t.accountID, ID: t.appID, Filters: t.filters, Token: token}
		data, err := t.report.Fetch(ctx, api.Via(s.send).Client(), app, s.window)
		switch {
		case errors.Is(err, throttle.ErrReplaced):
			continue
		case err != nil && ctx.Err() == nil && !s.queued.Current():
			continue // it is not a failure of the new token
		case err != nil:
			return nil, s.sent, err
		}
		e.notice(t, data)
		return newResponse(t.report, data), s.sent, nil
	}
}

// A sender sends the requests of one fetch.
type sender struct {
	exporter *Exporter
	key      key
	queued   throttle.Request
	sent     time.Time // the first request
	plan     *Plan     // by which the last request is sent
}

// window is that of the request being sent.
func (s *sender) window() api.Window { return api.LastDays(s.plan.Days, s.exporter.now()) }

// send waits for the throttle and sends a request by the plan that is loaded then.
func (s *sender) send(ctx context.Context, send func(context.Context, *api.Client) error) error {
	e := s.exporter
	release, err := e.throttle.Acquire(ctx, s.queued)
	if err != nil {
		return err
	}
	defer release()
	if _, ok := e.find(s.key); !ok {
		return context.Canceled
	}
	s.plan = e.current()
	timeout, cancel := context.WithTimeout(ctx, s.plan.Timeout)
	defer cancel()
	sent := time.Now()
	if s.sent.IsZero() {
		s.sent = sent
	}
	err = send(timeout, s.plan.Client)

	code := "200"
	if apiErr := (*api.Error)(nil); errors.As(err, &apiErr) {
		if code = strconv.Itoa(apiErr.Status); apiErr.Status == 0 {
			code = "error"
		}
		if apiErr.Reason == api.ReasonRateLimited {
			e.throttle.Pause(s.queued.Token, apiErr.Pause(e.now()))
		}
	}
	if code == "error" && ctx.Err() != nil {
		return ctx.Err() // canceled by a reload or by stopping, which is not an error
	}
	e.metrics.duration.Observe(time.Since(sent).Seconds())
	e.metrics.requests.WithLabelValues(code).Inc()
	return err
}
