package collector

import (
	"errors"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
)

// record counts and logs the result of a fetch. No other function does.
func (e *Exporter) record(k key, err error) {
	reason, details := api.Reason(""), []any{}
	if err != nil {
		reason = api.ReasonMalformed // found by the report itself
		if apiErr := (*api.Error)(nil); errors.As(err, &apiErr) {
			reason = apiErr.Reason
			if reason == api.ReasonRateLimited {
				details = []any{"paused_for", apiErr.Pause(e.now())}
			}
		}
		details = append([]any{"reason", reason, "err", err}, details...)
	}
	t, failing := e.count(k, reason, err)
	emit := func(logger log.Logger, msg string) {
		_ = logger.Log(append([]any{"msg", msg, "app", t.name, "report", k.report}, details...)...)
	}
	switch {
	case t.account == nil: // no longer wanted
	case err != nil:
		emit(level.Warn(e.logger), "report failed")
	case failing:
		emit(level.Info(e.logger), "report recovered")
	default:
		emit(level.Debug(e.logger), "report fetched")
	}
}

// count keeps the result of a fetch, counts a failure, and reports whether the
// report was failing before. It excludes Apply, or a failure of an app that Apply
// has removed could be kept.
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
		t.failures.Store(t.failures.Load().plus(reason))
	}
	return t, failing
}
