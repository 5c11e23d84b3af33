package statuspage

import (
	"fmt"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/cmd/realtimekit_exporter/internal/plural"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector"
)

// The states of the exporter, of a report and of a token. They are also CSS classes.
const (
	good = "good"
	warn = "warn"
	bad  = "bad"
)

// An urgency is the rank of a report on the page, the most urgent first.
type urgency int

const (
	failing    urgency = iota // the last request failed
	tooOld                    // no request failed, but the data is too old to be shown
	noResponse                // there has been no response yet
	due                       // the response is older than its TTL, or of the day before
	fresh
)

func urgencyOf(r *collector.ReportStatus) urgency {
	switch {
	case r.Failure != nil:
		return failing
	case r.LastSuccess.IsZero():
		return noResponse
	case !r.Exposed:
		return tooOld
	case !r.Fresh:
		return due
	}
	return fresh
}

// A summary is the first section of the page.
type summary struct {
	State       string
	Sentence    string
	FailingApps []failingApp // the first ones
	MoreFailing int          // how many more apps are failing
	Notes       []string     // other problems
}

type failingApp struct {
	Name, Reason, Link string
}

const (
	maxFailingApps = 5
	maxScrapeAge   = 5 * time.Minute // Prometheus looks no further back
)

// newSummary returns the summary of a status. refused is why the last reload failed.
func newSummary(s *collector.Status, refused error) summary {
	var (
		v      = summary{State: good}
		apps   = mostUrgentReports(s.Reports)
		count  = make(map[urgency]int)
		oldest time.Time
	)
	for _, i := range apps {
		r := &s.Reports[i]
		u := urgencyOf(r)
		count[u]++
		if u == failing && len(v.FailingApps) < maxFailingApps {
			v.FailingApps = append(v.FailingApps, failingApp{truncate(printable(r.App.Name)), string(r.Failure.Reason), "status#" + cardID(i)})
		}
		if !r.LastSuccess.IsZero() && (oldest.IsZero() || r.LastSuccess.Before(oldest)) {
			oldest = r.LastSuccess
		}
	}
	v.MoreFailing = count[failing] - len(v.FailingApps)
	switch {
	case len(apps) == 0:
		v.State, v.Sentence = noApps(s)
	case count[failing] > 0:
		v.State, v.Sentence = bad, appsThat(count[failing], len(apps), "is failing", "are failing")+"."
	case count[tooOld] > 0:
		v.State, v.Sentence = bad, appsThat(count[tooOld], len(apps), "has data that is too old to be shown", "have data that is too old to be shown")+"."
	case count[noResponse] == len(apps):
		v.State, v.Sentence = warn, "No app has a response yet."
	case count[noResponse] > 0:
		v.State, v.Sentence = warn, appsThat(count[noResponse], len(apps), "has no response yet", "have no response yet")+"."
	default:
		v.Sentence = fmt.Sprintf("%s. The oldest data is %s old.", appsThat(len(apps), len(apps), "is healthy", "are healthy"), duration(s.At.Sub(oldest)))
	}
	v.Notes = notes(s, refused)
	if len(v.Notes) > 0 && v.State == good {
		v.State = warn
	}
	return v
}

// mostUrgentReports returns the most urgent report of each app.
func mostUrgentReports(reports []collector.ReportStatus) (most []int) {
	for i := range reports {
		last := len(most) - 1
		switch {
		case last < 0 || reports[most[last]].App.Name != reports[i].App.Name:
			most = append(most, i)
		case urgencyOf(&reports[i]) < urgencyOf(&reports[most[last]]):
			most[last] = i
		}
	}
	return most
}

// notes lists the problems that are not failures of apps.
func notes(s *collector.Status, refused error) (all []string) {
	if s.Scraped.IsZero() {
		all = append(all, "No scrape yet. Data is fetched only when the exporter is scraped: check that Prometheus scrapes it.")
	} else if age := s.At.Sub(s.Scraped); age > maxScrapeAge {
		all = append(all, fmt.Sprintf("The last scrape was %s. Data is fetched only when the exporter is scraped: check that Prometheus is running and scrapes it.", relative(age)))
	}
	if refused != nil {
		all = append(all, "The last reload failed. The previous configuration is still active: see Configuration.")
	}
	if s.StorageErr != nil {
		all = append(all, fmt.Sprintf("cache.directory cannot be used, so a restart loses all responses: %s.", printable(s.StorageErr.Error())))
	}
	if n := failingLists(s); n > 0 {
		all = append(all, fmt.Sprintf("The list of apps of %s is failing: see Discovery.", plural.Count(n, "account")))
	}
	var missing, paused, overloaded int
	for _, t := range s.Tokens {
		switch {
		case t.Err != nil:
			missing += len(t.Accounts)
		case t.PausedUntil.After(s.At):
			paused++
		}
		if t.Needs > float64(s.Limit.Refill()) {
			overloaded++
		}
	}
	if missing > 0 {
		all = append(all, fmt.Sprintf("No requests are sent for %s without a usable token: see Tokens.", plural.Count(missing, "account")))
	}
	if paused > 0 {
		all = append(all, fmt.Sprintf("Requests with %s are paused after a 429: see Tokens.", plural.Count(paused, "token")))
	}
	if overloaded > 0 {
		all = append(all, fmt.Sprintf("The apps of %s need more requests than the rate limit allows: see Tokens.", plural.Count(overloaded, "token")))
	}
	return all
}
