package collector

import (
	"fmt"
	"slices"
	"strings"

	"github.com/go-kit/log/level"
)

// A change is how the selection of an account differs from the one before.
type change struct {
	accountID                     string
	collected, excluded           int
	added, removed, newlyExcluded []string // names
}

// changesOf compares selections. A list that is not used changes nothing.
func changesOf(old, now map[listKey]*selection) (changes []change) {
	for k, s := range now {
		if s.list == nil || s.err != nil {
			continue
		}
		before, first := old[k], false
		if before == nil || before.list == nil {
			before, first = &selection{}, true
		}
		c := change{accountID: k.accountID, collected: s.collected(), excluded: len(s.excluded)}
		for id, name := range s.names {
			if _, known := before.names[id]; !known {
				c.added = append(c.added, name)
			}
		}
		for id, name := range before.names {
			if _, kept := s.names[id]; !kept {
				c.removed = append(c.removed, name)
			}
		}
		wasExcluded := make(map[string]bool, len(before.excluded))
		for _, x := range before.excluded {
			wasExcluded[x.ID] = true
		}
		for _, x := range s.excluded {
			if !wasExcluded[x.ID] {
				c.newlyExcluded = append(c.newlyExcluded, x.Name)
			}
		}
		if first || len(c.added)+len(c.removed)+len(c.newlyExcluded) > 0 {
			changes = append(changes, c)
		}
	}
	slices.SortFunc(changes, func(a, b change) int { return strings.Compare(a.accountID, b.accountID) })
	return changes
}

// logChanges logs which apps were added, removed and excluded, once per change.
func (e *Exporter) logChanges(changes []change) {
	for _, c := range changes {
		fields := []any{"msg", "discovered apps changed", "account_id", c.accountID, "collected", c.collected, "excluded", c.excluded}
		for _, f := range []struct {
			key   string
			names []string
		}{{"added", c.added}, {"removed", c.removed}, {"newly_excluded", c.newlyExcluded}} {
			if len(f.names) > 0 {
				fields = append(fields, f.key, firstNames(f.names))
			}
		}
		_ = level.Info(e.logger).Log(fields...)
	}
	if len(changes) > 0 {
		e.warnOfSeries()
	}
}

// warnOfSeries logs when the discovered apps make a scrape large.
func (e *Exporter) warnOfSeries() {
	e.mu.Lock()
	series := e.plan.Series()
	for _, s := range e.selections {
		series += e.plan.SeriesOf(len(s.discovered))
	}
	before := e.manySeries
	e.manySeries = series > ManySeries
	warn := e.manySeries && !before
	e.mu.Unlock()
	if warn {
		_ = level.Warn(e.logger).Log("msg", "discovered apps have many series, exclude some or lower window_days", "series", series)
	}
}

// firstNames lists names for a log message, 10 at most.
func firstNames(names []string) string {
	const most = 10
	slices.Sort(names)
	text := strings.Join(names[:min(len(names), most)], ", ")
	if more := len(names) - most; more > 0 {
		text += fmt.Sprintf(", and %d more", more)
	}
	return text
}
