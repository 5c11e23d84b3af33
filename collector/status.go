package collector

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector/internal/cache"
)

// A Status is the state of the exporter at one time, for the status page.
type Status struct {
	At            time.Time // by the exporter's clock, as are all times here
	Scraped       time.Time // when the last scrape began; zero before the first
	TTL, MaxStale time.Duration
	Limit         Limit
	Reports       []ReportStatus // of every app, in the order of their names
	Tokens        []TokenStatus  // in the order of the accounts
	Discoveries   []DiscoveryStatus
	StorageErr    error // why the cache is not kept in its directory; nil if it is, or there is none
}

// A ReportStatus is the state of a report of an app.
type ReportStatus struct {
	App       App
	AccountID string
	Report    string
	Label     string   // of [Report.Label]; empty if the report is by day
	Metrics   []Metric // of the values of [ReportStatus.Lines]
	Failure   *Failure // how the last completed request failed; nil if it did not

	TTL, MaxStale time.Duration

	LastSuccess time.Time // when the last successful request was sent; zero before the first
	Rows        int       // days of the window that its response has a row for
	Skipped     int       // rows of the response without a date
	Fresh       bool      // the response is not due
	Exposed     bool      // the values of the response are exposed, since it is not too old

	Fetching  bool      // a request is in progress or in the queue
	NotBefore time.Time // when that request can be sent; zero if nothing delays it
	Due       time.Time // from when a scrape fetches again; zero if the next one does

	response *response
	window   api.Window
}

// A Failure is how a request failed.
type Failure struct {
	Err    error // what failed, what was found and what to do
	Reason api.Reason
	At     time.Time
	Times  int // in a row, this one included
}

// Status returns the current state. It sends no request and never waits.
func (e *Exporter) Status() *Status {
	now := e.now()
	e.mu.RLock()
	plan := e.plan
	s := &Status{At: now, TTL: plan.TTL, MaxStale: plan.MaxStale, Limit: plan.Limit, Reports: make([]ReportStatus, 0, len(e.targets))}
	window := api.LastDays(plan.Days, now)
	apps := make(map[string]int) // by account
	for _, t := range e.targets {
		r := t.status(plan, e.cache.Peek(t.key, policy(plan, t.report, window)), window)
		if f, failing := e.failing[t.key]; failing {
			r.Failure = &f
		}
		s.Reports = append(s.Reports, r)
		if t.first {
			apps[t.accountID]++
		}
	}
	slices.SortStableFunc(s.Reports, func(a, b ReportStatus) int { return cmp.Compare(a.App.Name, b.App.Name) })
	s.Discoveries = e.discoveryStatus(now)
	e.mu.RUnlock()
	lists := make(map[string]float64)
	for _, d := range s.Discoveries {
		lists[d.AccountID] = plan.ListRequests(d.discover, d.Collected+len(d.Excluded))
	}

	if scraped := e.scraped.Load(); scraped != nil {
		s.Scraped = *scraped
	}
	s.Tokens = e.tokenStatus(plan, now, apps, lists)
	_, s.StorageErr = e.store.state()
	return s
}

func (t target) status(p *Plan, known cache.State[*response], w api.Window) ReportStatus {
	r := ReportStatus{
		App:       App{ID: t.appID, Name: t.name, Filters: t.filters},
		AccountID: t.accountID,
		Report:    t.report.Name,
		Label:     t.report.Label,
		Metrics:   t.report.Metrics,
		TTL:       t.report.TTL(p),
		MaxStale:  t.report.MaxStale(p),
		Fetching:  known.Fetching,
		window:    w,
	}
	if known.Known {
		r.LastSuccess, r.response = known.Value.data.Window.End, known.Value
		r.Rows, r.Skipped = known.Value.rowsIn(w), known.Value.data.Skipped
		r.Fresh, r.Exposed = known.Result == cache.Fresh, known.Result != cache.None
	}
	if known.DelayedFor > 0 {
		r.NotBefore = w.End.Add(known.DelayedFor)
	}
	switch {
	case r.Fresh: // until its TTL ends, or the day of a report by day
		r.Due = w.End.Add(known.DueIn)
		if midnight := api.Day(w.End).AddDate(0, 0, 1); t.report.Daily() && midnight.Before(r.Due) {
			r.Due = midnight
		}
	case known.RetryIn > 0:
		r.Due = w.End.Add(known.RetryIn)
	}
	return r
}

// A Line has a value for each metric of a report: on a day, or for a value of its label.
type Line struct {
	Label  string    // YYYY-MM-DD, or the value of [ReportStatus.Label]
	Values []float64 // NaN: not known, or too old to be exposed
}

// Known reports whether any value of the line is known.
func (l Line) Known() bool {
	return slices.ContainsFunc(l.Values, func(v float64) bool { return !math.IsNaN(v) })
}

// Lines returns the days of the window, in ascending order, or the current values of a
// report that is not by day.
func (r *ReportStatus) Lines() (lines []Line) {
	line := func(label string) *Line {
		i, found := slices.BinarySearchFunc(lines, label, func(l Line, label string) int { return strings.Compare(l.Label, label) })
		if !found {
			lines = slices.Insert(lines, i, Line{label, slices.Repeat([]float64{math.NaN()}, len(r.Metrics))})
		}
		return &lines[i]
	}
	if r.Label == "" {
		for day := r.window.Start; !day.After(r.window.End); day = day.AddDate(0, 0, 1) {
			line(day.Format(time.DateOnly))
		}
	}
	if r.Exposed {
		for metric, rows := range r.response.values(r.window) {
			for _, row := range rows {
				line(r.response.report.label(row)).Values[metric] = row.Value
			}
		}
	}
	return lines
}

// A DiscoveryStatus is the state of the list of apps of an account.
type DiscoveryStatus struct {
	AccountID string
	Interval  time.Duration
	Listed    time.Time // when the last successful list was requested; zero before the first
	Failure   *Failure  // why the last list is not used; nil if it is
	Collected int       // apps in the last successful list, including those in the configuration
	Excluded  []Exclusion

	discover *Discover
}

// discoveryStatus returns the state of the lists, in the order of the accounts. The
// caller holds e.mu.
func (e *Exporter) discoveryStatus(now time.Time) (all []DiscoveryStatus) {
	for _, account := range e.plan.Accounts {
		k := listKey{e.plan.BaseURL, account.ID}
		selection := e.selections[k]
		if selection == nil {
			continue
		}
		d := DiscoveryStatus{
			AccountID: account.ID, Interval: account.Discover.Interval, discover: account.Discover,
			Collected: selection.collected(), Excluded: selection.excluded,
		}
		if selection.list != nil {
			d.Listed = selection.list.sent
		}
		if f, failing := e.failingLists[k]; failing {
			d.Failure = &f
		} else if selection.err != nil {
			d.Failure = &Failure{Err: selection.err, At: now, Times: 1}
		}
		all = append(all, d)
	}
	return all
}
