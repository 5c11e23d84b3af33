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

// fetch fetches the report of a target.
func (e *Exporter) fetch(ctx context.Context, k key, notBefore cache.NotBefore) (*response, time.Time, error) {
	account := func() *Account {
		t, _ := e.find(k)
		return t.account
	}
	return fetchAs(ctx, e, account, notBefore, func(s *sender, app api.App) (*response, error) {
		t, ok := e.find(k)
		if !ok {
			return nil, context.Canceled // a reload has removed the app
		}
		s.queued.Background = !t.report.Daily()
		app.ID, app.Filters = t.appID, t.filters
		data, err := t.report.Fetch(ctx, api.Via(s.send).Client(), app, s.window)
		if err != nil {
			return nil, err
		}
		if !t.report.Daily() {
			data.Window.End = s.sentAt
		}
		e.notice(t, data)
		return newResponse(t.report, data), nil
	})
}

// fetchAs reads the token of an account, calls request, and returns its result and
// when its first request was sent. If the token is replaced meanwhile, it starts
// again. account returns nil if the result is no longer wanted.
func fetchAs[V any](ctx context.Context, e *Exporter, account func() *Account, notBefore cache.NotBefore,
	request func(*sender, api.App) (V, error),
) (none V, sent time.Time, err error) {
	for {
		a := account()
		if a == nil {
			return none, time.Time{}, context.Canceled // by the reload that removed it
		}
		token, err := e.tokens.Read(ctx, a.ID)
		if err != nil {
			return none, time.Time{}, api.TokenError(err)
		}
		s := &sender{
			exporter: e,
			wanted:   func() bool { return account() != nil },
			queued: throttle.Request{
				Token:     string(token),
				Current:   func() bool { return e.tokens.Of(a.ID) == token },
				NotBefore: notBefore,
			},
		}
		v, err := request(s, api.App{AccountID: a.ID, Token: token})
		switch {
		case errors.Is(err, throttle.ErrReplaced):
			continue
		case err != nil && ctx.Err() == nil && !s.queued.Current():
			continue // it is not a failure of the new token
		case err != nil:
			return none, s.sent, err
		}
		return v, s.sent, nil
	}
}

// A sender sends the requests of one fetch.
type sender struct {
	exporter *Exporter
	wanted   func() bool // whether the result is still needed
	queued   throttle.Request
	sent     time.Time // the first request
	sentAt   time.Time // the same by the exporter's clock
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
	if !s.wanted() {
		return context.Canceled
	}
	s.plan = e.current()
	timeout, cancel := context.WithTimeout(ctx, s.plan.Timeout)
	defer cancel()
	sent := time.Now()
	if s.sent.IsZero() {
		s.sent, s.sentAt = sent, e.now()
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
