package statuspage

import (
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"

	"github.com/realtimekit-exporter/realtimekit_exporter/cmd/realtimekit_exporter/internal/plural"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector"
)

// A discoveryView shows the list of apps of an account.
type discoveryView struct {
	ID                  string // on the page
	AccountID           string
	State, Badge        string
	Problem             string
	Times               string // how often it failed in a row; empty if once
	Failed, Listed      *moment
	Interval            string
	Collected, Excluded string
	Exclusions          []exclusion
	More                int // excluded apps that are not in Exclusions
}

type exclusion struct{ Name, ID, Why string }

// Limits of the size of a page.
const (
	maxDiscoveries = 20
	maxExclusions  = 50
)

// discoveryViews returns the lists of apps, the failing ones first, and how many are
// not among them.
func discoveryViews(s *collector.Status) (views []discoveryView, more int) {
	all := slices.Clone(s.Discoveries)
	slices.SortStableFunc(all, func(a, b collector.DiscoveryStatus) int {
		switch {
		case a.Failure != nil && b.Failure == nil:
			return -1
		case a.Failure == nil && b.Failure != nil:
			return 1
		}
		return 0
	})
	shown := all[:min(len(all), maxDiscoveries)]
	for i := range shown {
		views = append(views, newDiscoveryView("list-"+integer(i), &shown[i], s.At))
	}
	return views, len(all) - len(shown)
}

func newDiscoveryView(id string, d *collector.DiscoveryStatus, now time.Time) discoveryView {
	v := discoveryView{
		ID: id, AccountID: d.AccountID, State: good, Badge: "Listed",
		Interval:  model.Duration(d.Interval).String(),
		Collected: plural.Count(d.Collected, "app"),
		Excluded:  plural.Count(len(d.Excluded), "app"),
		More:      max(0, len(d.Excluded)-maxExclusions),
	}
	if !d.Listed.IsZero() {
		v.Listed = newMoment(d.Listed, now)
	}
	switch {
	case d.Failure != nil:
		v.State, v.Badge = bad, "Failing"
		v.Problem, v.Failed = printable(d.Failure.Err.Error()), newMoment(d.Failure.At, now)
		if d.Failure.Times > 1 {
			v.Times = integer(d.Failure.Times) + " times in a row"
		}
	case v.Listed == nil:
		v.State, v.Badge = warn, "No list yet"
	}
	for _, x := range d.Excluded[:len(d.Excluded)-v.More] {
		why := "no pattern of include matches"
		if x.Pattern != "" {
			why = "exclude: " + strings.TrimSuffix(strings.TrimPrefix(x.Pattern, "^(?s:"), ")$")
		}
		v.Exclusions = append(v.Exclusions, exclusion{printable(x.Name), x.ID, printable(why)})
	}
	return v
}

// noApps is the summary without any app.
func noApps(s *collector.Status) (state, sentence string) {
	if len(s.Discoveries) == 0 {
		return warn, "No apps are configured."
	}
	state, sentence = warn, "No apps are collected."
	for _, d := range s.Discoveries {
		switch {
		case d.Failure != nil:
			return bad, "The list of apps is not available: its requests fail."
		case d.Listed.IsZero():
			sentence = "The list of apps is not available yet."
		}
	}
	return state, sentence
}

// failingLists is the number of accounts whose list of apps is failing.
func failingLists(s *collector.Status) (n int) {
	for _, d := range s.Discoveries {
		if d.Failure != nil {
			n++
		}
	}
	return n
}
