package collector

import (
	"fmt"
	"regexp"
	"slices"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
)

// A selection has the apps that an account collects from its list. It is replaced when
// the apps change. Only the time of the list is edited.
type selection struct {
	list       *appList          // nil before the first one
	configured int               // listed apps that the plan has
	discovered []api.ListedApp   // other apps that are collected
	names      map[string]string // of the collected apps, by ID
	excluded   []Exclusion
	err        error // why the list is not used
}

// An Exclusion is a listed app that is not collected.
type Exclusion struct {
	ID, Name string
	Pattern  string // of Exclude; empty if no pattern of Include matches
}

// newSelection applies the patterns of an account to its list of apps. Apps in the plan
// are not discovered again.
func newSelection(a *Account, list *appList) *selection {
	s := &selection{list: list, names: make(map[string]string)}
	if list == nil {
		return s
	}
	inPlan := make(map[string]string, len(a.Apps))
	for _, app := range a.Apps {
		inPlan[app.ID] = app.Name
	}
	for _, app := range list.apps {
		name, configured := inPlan[app.ID]
		exclude, excluded := matching(a.Discover.Exclude, app)
		_, included := matching(a.Discover.Include, app)
		switch {
		case configured:
			s.configured++
			s.names[app.ID] = name
		case excluded || !included:
			s.excluded = append(s.excluded, Exclusion{app.ID, displayName(app), exclude})
		default:
			s.discovered = append(s.discovered, app)
		}
	}
	if n := s.collected(); n > maxDiscovered {
		s.discovered = nil
		s.err = fmt.Errorf("%d apps to collect, more than %d: exclude some with discover.exclude", n, maxDiscovered)
	}
	return s
}

// Selected has the apps that a plan collects of an account.
type Selected struct {
	Apps   []App       // those of the plan, and the discovered ones
	Others []Exclusion // listed apps that are not collected; Pattern is empty without Discover
	Err    error       // why no apps of the list are collected
}

// Select returns the apps to collect of each account of the plan. lists has the known
// lists of apps by account ID.
func (p *Plan) Select(lists map[string][]api.ListedApp) []Selected {
	selections := make(map[listKey]*selection)
	for _, account := range p.Accounts {
		if account.Discover == nil {
			account.Discover = &Discover{} // which includes nothing
		}
		var list *appList
		if apps, ok := lists[account.ID]; ok {
			list = &appList{apps: apps}
		}
		selections[listKey{p.BaseURL, account.ID}] = newSelection(&account, list)
	}
	used := newNames()
	discovered := used.assign(p, selections)
	all := make([]Selected, len(p.Accounts))
	for i, account := range p.Accounts {
		s := selections[listKey{p.BaseURL, account.ID}]
		all[i] = Selected{slices.Concat(account.Apps, discovered[account.ID]), s.excluded, s.err}
	}
	return all
}

// matching returns the first pattern that matches the name or the ID of an app.
func matching(patterns []*regexp.Regexp, app api.ListedApp) (pattern string, ok bool) {
	for _, p := range patterns {
		if p.MatchString(app.Name) || p.MatchString(app.ID) {
			return p.String(), true
		}
	}
	return "", false
}

// collected is the number of listed apps that are collected.
func (s *selection) collected() int { return s.configured + len(s.discovered) }

// A discovery is the state of the list of an account in a snapshot.
type discovery struct {
	account   string
	ok        bool // the last completed request succeeded
	selection selection
}

func (d *discovery) collect(descs *descs, ch chan<- prometheus.Metric) {
	s := &d.selection
	ch <- constant(descs.listUp, oneIf(d.ok && s.err == nil), d.account)
	if s.list != nil {
		ch <- constant(descs.listSuccess, seconds(s.list.sent), d.account)
		ch <- constant(descs.listApps, float64(s.collected()), d.account, "collected")
		ch <- constant(descs.listApps, float64(len(s.excluded)), d.account, "excluded")
	}
}
