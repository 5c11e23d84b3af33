package collector

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector/internal/cache"
)

// asking returns how the cache gets the answer of a target: it waits for its
// turn, asks by the plan that is in force then, and reports how it went.
func (e *Exporter) asking(k key) cache.Ask[*answer] {
	return func(ctx context.Context, hold func(time.Time)) (*answer, error) {
		a, err := e.ask(ctx, k, hold)
		if err == nil || ctx.Err() == nil {
			e.report(k, err)
		}
		return a, err
	}
}

func (e *Exporter) ask(ctx context.Context, k key, hold func(time.Time)) (*answer, error) {
	for {
		charged, err := e.throttle.Wait(ctx, func() string { return string(e.tokens.of(k.accountID)) }, hold)
		if err != nil {
			return nil, err
		}
		a, err := e.leave(ctx, k, charged)
		e.throttle.Done()
		if !errors.Is(err, errOtherToken) {
			return a, err
		}
	}
}

// errOtherToken says that the token was replaced while the request waited for its
// turn, so that it has to queue again for the new one.
var errOtherToken = errors.New("the token has been replaced")

// leave sends the request whose turn it is.
func (e *Exporter) leave(ctx context.Context, k key, charged string) (*answer, error) {
	plan, t, ok := e.find(k)
	if !ok {
		return nil, context.Canceled // by the reload that has taken the app out
	}
	token, err := e.readToken(t.account)
	switch {
	case err != nil:
		return nil, api.TokenError(err)
	case string(token) != charged:
		return nil, errOtherToken
	}
	app := api.App{AccountID: t.accountID, ID: t.appID, Filters: t.filters, Token: token}

	ctx, cancel := context.WithTimeout(ctx, plan.Timeout)
	defer cancel()
	start, window := time.Now(), api.LastDays(plan.Days, e.now())
	data, err := t.report.Fetch(ctx, plan.Client, app, window)
	e.metrics.duration.Observe(time.Since(start).Seconds())

	code := "200"
	if apiErr := (*api.Error)(nil); errors.As(err, &apiErr) {
		code = "error"
		if apiErr.Status != 0 {
			code = strconv.Itoa(apiErr.Status)
		}
		if apiErr.Reason == api.ReasonRateLimited {
			e.throttle.Pause(string(token), apiErr.Pause(e.now()))
		}
	}
	e.metrics.requests.WithLabelValues(code).Inc()
	if err != nil {
		return nil, err
	}
	e.notice(t, data, window.End)
	return newAnswer(t.report, data, window), nil
}

// report counts and logs how an asking went. This is the one place that does.
func (e *Exporter) report(k key, err error) {
	reason, details := api.Reason(""), []any{}
	if err != nil {
		reason = api.ReasonMalformed // what a report finds wrong with an answer itself
		if apiErr := (*api.Error)(nil); errors.As(err, &apiErr) {
			reason = apiErr.Reason
			if reason == api.ReasonRateLimited {
				details = []any{"quiet_for", apiErr.Pause(e.now())}
			}
		}
		details = append([]any{"reason", reason, "err", err}, details...)
	}
	t, failing := e.count(k, reason, err)
	say := func(logger log.Logger, msg string) {
		_ = logger.Log(append([]any{"msg", msg, "app", t.name, "report", k.report}, details...)...)
	}
	switch {
	case t.account == nil: // no longer wanted
	case err != nil:
		say(level.Warn(e.logger), "report failed")
	case failing:
		say(level.Info(e.logger), "report answered again")
	default:
		say(level.Debug(e.logger), "report answered")
	}
}

// count notes how an asking went, and counts a failure under the name that the app
// has by now, and tells whether the report was failing before. Apply may not come
// in between, or the failures of a name that it has taken out would be back.
func (e *Exporter) count(k key, reason api.Reason, err error) (t target, failing bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	t = e.byKey[k]
	before, failing := e.failing[k]
	switch {
	case err == nil:
		delete(e.failing, k)
	case t.account != nil:
		e.failing[k] = Failure{Err: err, Reason: reason, At: e.now(), Times: before.Times + 1}
		e.metrics.failures.WithLabelValues(t.name, t.report.Name, string(reason)).Inc()
	}
	return t, failing
}
