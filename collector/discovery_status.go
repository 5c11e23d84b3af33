package collector

import (
	"time"
)

// A DiscoveryStatus is what is known of the list of apps of an account.
type DiscoveryStatus struct {
	AccountID string
	Interval  time.Duration
	Listed    time.Time // when the last good list was requested; zero before the first
	Failure   *Failure  // why the last list is not used; nil if it is
	Collected int       // apps in the last good list, those in the configuration included
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
