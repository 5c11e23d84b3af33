package scenario

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
)

// A Scenario is some exporters that were scraped from a start until now.
type Scenario struct {
	Name       string
	Start, Now time.Time
	Instances  []string
	Apps       []App

	TTL         time.Duration                                            // 0: 15 minutes
	Times       func(start, now time.Time) []time.Time                   // of the scrapes; nil: Scrapes
	Fails       func(app string, at time.Time) (code, reason string)     // without a reason, a request succeeds
	Differs     func(instance, app string, at time.Time) (seconds int64) // added to the viewer seconds
	Away        func(instance string, at time.Time) bool                 // the scrape fails
	ListFails   func(instance string, at time.Time) bool                 // of the account
	Configured  bool                                                     // the apps are in the configuration, none is discovered
	WithoutRows []string                                                 // apps without rows
	OnlyOn      map[string][]apitest.Day                                 // apps with just these days
	Paused      time.Time                                                // end of the pause after the last 429
	Rejected    string                                                   // the instance whose last configuration was rejected
	Recorded    bool                                                     // the recording rules are loaded
	Meetings    bool                                                     // the report meetings is on
	Live        bool                                                     // the report live is on
}

// An App is an app of the configuration.
type App struct{ ID, Name string }

// Write writes the data into the directory of a Prometheus.
func (s *Scenario) Write(ctx context.Context, dir string) error {
	if len(s.Instances) == 0 {
		return nil
	}
	st, err := newStore(dir)
	if err != nil {
		return err
	}
	var now time.Time
	api := s.API(func() time.Time { return now })
	var exporters []*exporter
	for _, instance := range s.Instances {
		exporters = append(exporters, &exporter{Scenario: s, instance: instance, api: api, reports: map[reportKey]*report{},
			failures: map[[3]string]int{}, codes: map[string]int{}, results: map[string]int{}, buckets: map[string]int{}})
	}
	times := Scrapes
	if s.Times != nil {
		times = s.Times
	}
	for _, now = range times(s.Start, s.Now) {
		for _, e := range exporters {
			if err := e.scrapeInto(ctx, st, now); err != nil {
				return fmt.Errorf("scenario %s at %v: %w", s.Name, now, err)
			}
		}
		if s.Recorded {
			if err := exporters[0].record(ctx, st, now); err != nil {
				return err
			}
		}
	}
	return st.close(ctx)
}

// API returns the simulated API of the scenario.
func (s *Scenario) API(now func() time.Time) *apitest.API {
	api := apitest.New(now)
	api.AddToken(apitest.DemoToken, apitest.DemoAccountID)
	for _, app := range s.Apps {
		if slices.Contains(s.WithoutRows, app.Name) || s.OnlyOn[app.Name] != nil {
			api.AddEmptyApp(apitest.DemoAccountID, app.ID)
		} else {
			api.AddApp(apitest.DemoAccountID, app.ID)
		}
		for _, d := range s.OnlyOn[app.Name] {
			api.SetDay(app.ID, d)
		}
	}
	return api
}

func (e *exporter) scrapeInto(ctx context.Context, st *store, now time.Time) error {
	sc := st.scrape(ctx, now, "job", "realtimekit", "instance", e.instance)
	if e.Away != nil && e.Away(e.instance, now) {
		sc.set(0, "up")
		return sc.commit()
	}
	e.fetchList(now)
	e.fetch(now)
	e.expose(sc, now)
	return sc.commit()
}

// record adds what the recording rules make of yesterday.
func (e *exporter) record(ctx context.Context, st *store, now time.Time) error {
	s := st.scrape(ctx, now)
	yesterday := now.Truncate(day).AddDate(0, 0, -1).Format(time.DateOnly)
	for _, app := range e.Apps {
		for _, kind := range e.kinds() {
			if !kind.daily {
				continue
			}
			for _, f := range e.report(app, kind).families {
				if value, ok := f.values[yesterday]; ok {
					s.set(value, "app:"+f.name+":yesterday", "app", app.Name)
				}
			}
		}
	}
	return s.commit()
}

// Scrapes are every two minutes in the last 26 hours and around the times that
// panels compare with now, and else at every full hour.
func Scrapes(start, now time.Time) []time.Time {
	var times []time.Time
	for at := start; !at.After(now); at = at.Add(2 * time.Minute) {
		near := now.Sub(at) <= 26*time.Hour
		for _, days := range []int{7, 30} {
			near = near || now.AddDate(0, 0, -days).Sub(at).Abs() <= 4*time.Minute
		}
		if near || at.Truncate(time.Hour).Add(time.Hour).Sub(at) <= 2*time.Minute {
			times = append(times, at)
		}
	}
	return times
}
