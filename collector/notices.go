package collector

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-kit/log/level"
)

// maxClockDifference is how far the exporter's clock may differ from the API's.
const maxClockDifference = 5 * time.Minute

// noticed is the last logged state of successful responses. Only changes are logged.
type noticed struct {
	skipped map[key]int // rows without a date
	clock   bool        // the exporter's clock is wrong
}

// notice logs anomalies of a successful response.
func (e *Exporter) notice(t target, data Data) {
	difference := clockDifference(data.ServerTime, data.Window.End, e.now())
	wrong := difference.Abs() > maxClockDifference

	e.mu.Lock()
	if e.byKey[t.key].account == nil { // no longer wanted
		e.mu.Unlock()
		return
	}
	skipped, wasWrong := e.noticed.skipped[t.key], e.noticed.clock
	e.noticed.skipped[t.key] = data.Skipped
	if !data.ServerTime.IsZero() {
		e.noticed.clock = wrong
	}
	e.mu.Unlock()

	if skipped != data.Skipped {
		logger := level.Warn(e.logger)
		if data.Skipped == 0 {
			logger = level.Info(e.logger)
		}
		_ = logger.Log("msg", "rows without a date skipped", "app", t.name, "report", t.report.Name, "rows", data.Skipped)
	}
	switch {
	case data.ServerTime.IsZero() || wrong == wasWrong:
	case wrong:
		_ = level.Warn(e.logger).Log("msg", "clock differs from the API's, check the time of this host", "difference", difference.Round(time.Second))
	default:
		_ = level.Info(e.logger).Log("msg", "clock agrees with the API's again")
	}
}

// clockDifference is by how much the exporter's clock is ahead of the server's, as
// far as the time that a request took does not explain it. A Date has no fractions
// of a second.
func clockDifference(server, sent, received time.Time) time.Duration {
	switch {
	case server.IsZero():
		return 0
	case server.Add(time.Second).Before(sent):
		return sent.Sub(server)
	case server.After(received):
		return received.Sub(server)
	}
	return 0
}

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
