package collector

import (
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector/internal/cache"
)

// A Status is what is known at one time, for people.
type Status struct {
	At            time.Time // by the exporter's clock, as are all times here
	Scraped       time.Time // when the last scrape came; zero before the first
	TTL, MaxStale time.Duration
	Limit         Limit
	Reports       []ReportStatus // of every app, in the order of their names
	Tokens        []TokenStatus  // in the order of the accounts
}

// A ReportStatus is what is known of a report of an app.
type ReportStatus struct {
	App       App
	AccountID string
	Report    string
	Measures  []Measure // of the values of [ReportStatus.Days]
	Failure   *Failure  // how the last request that finished failed; nil if it did not

	Answered time.Time // when the last good answer was asked for; zero before the first
	Rows     int       // days of the window that it has a row for
	Skipped  int       // rows of it that have no date
	Fresh    bool      // it is not due
	Shown    bool      // its days are shown, since it is not too old

	Asking bool      // a request is under way, or waits for its turn
	Held   time.Time // before which that one can't leave, if that is to come
	Due    time.Time // from when a scrape asks again; zero if the next one does

	answer *answer
	window api.Window
}

// A Failure is how a request failed.
type Failure struct {
	Err    error // says what was tried, what went wrong and what to do
	Reason api.Reason
	At     time.Time
	Times  int // in a row, this one included
}

// Status tells what is known now. It never asks the API, and nothing waits for it.
func (e *Exporter) Status() *Status {
	now := e.now()
	e.mu.RLock()
	plan := e.plan
	s := &Status{At: now, TTL: plan.TTL, MaxStale: plan.MaxStale, Limit: plan.Limit, Reports: make([]ReportStatus, 0, len(e.targets))}
	window := api.LastDays(plan.Days, now)
	p := policy(plan, window)
	for _, t := range e.targets {
		r := t.status(e.cache.Peek(t.key, p), window)
		if f, failing := e.failing[t.key]; failing {
			r.Failure = &f
		}
		s.Reports = append(s.Reports, r)
	}
	e.mu.RUnlock()

	if scraped := e.scraped.Load(); scraped != nil {
		s.Scraped = *scraped
	}
	s.Tokens = e.tokenStatus(plan, now)
	return s
}

func (t target) status(known cache.State[*answer], w api.Window) ReportStatus {
	r := ReportStatus{
		App:       App{ID: t.appID, Name: t.name, Filters: t.filters},
		AccountID: t.accountID,
		Report:    t.report.Name,
		Measures:  t.report.Display,
		Asking:    known.Fetching,
		window:    w,
	}
	if known.Known {
		r.Answered, r.answer = known.Value.window.End, known.Value
		r.Rows, r.Skipped = known.Value.rowsIn(w), known.Value.skipped
		r.Fresh, r.Shown = known.Result == cache.Fresh, known.Result != cache.None
	}
	if known.DelayedFor > 0 {
		r.Held = w.End.Add(known.DelayedFor)
	}
	switch {
	case r.Fresh: // until its age or the next day ends that
		r.Due = w.End.Add(known.DueIn)
		if midnight := api.Day(w.End).AddDate(0, 0, 1); midnight.Before(r.Due) {
			r.Due = midnight
		}
	case known.RetryIn > 0:
		r.Due = w.End.Add(known.RetryIn)
	}
	return r
}

// Days are those of the window, in ascending order. One that is not known, or not
// shown any more, has no values.
func (r *ReportStatus) Days() []Day {
	days := make([]Day, daysBetween(r.window.Start, r.window.End)+1)
	for i := range days {
		days[i].Date = r.window.Start.AddDate(0, 0, i)
	}
	if r.Shown {
		from, to := within(r.answer.days, r.window)
		for _, day := range r.answer.days[from:to] {
			days[daysBetween(r.window.Start, day.Date)] = day
		}
	}
	return days
}
