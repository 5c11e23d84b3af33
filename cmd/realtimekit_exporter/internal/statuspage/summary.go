package main

import (
	"fmt"
	"time"

	"github.com/prometheus/common/model"

	"github.com/realtimekit-exporter/realtimekit_exporter/collector"
)

// The states of the whole, of an app and of a token. They are also the names of
// their colours.
const (
	good = "good"
	warn = "warn"
	bad  = "bad"
)

// An urgency is how soon a person should look at an app; the first is the most.
type urgency int

const (
	failing urgency = iota // the last request failed
	tooOld                 // nothing failed, and yet the days are too old to be shown
	unseen                 // there has been no answer
	due                    // its answer is older than the TTL, or of the day before
	fresh
)

func urgencyOf(r *collector.ReportStatus) urgency {
	switch {
	case r.Failure != nil:
		return failing
	case r.Answered.IsZero():
		return unseen
	case !r.Shown:
		return tooOld
	case !r.Fresh:
		return due
	}
	return fresh
}

// A verdict is what to know first.
type verdict struct {
	State    string
	Sentence string
	Culprits []culprit // the first of the apps that fail
	Others   int       // how many more do
	Notes    []string  // what else is wrong, or about to be
}

// A culprit is an app that fails.
type culprit struct {
	Name, Reason, Link string
}

const (
	mostCulprits = 5
	quietFor     = 5 * time.Minute // without a scrape: Prometheus looks no further back
)

func newVerdict(s *collector.Status, r *reloadState) verdict {
	var (
		v      = verdict{State: good}
		apps   = worstOfEach(s.Reports)
		of     = make(map[urgency]int)
		oldest time.Time
	)
	for _, i := range apps {
		app := &s.Reports[i]
		u := urgencyOf(app)
		of[u]++
		if u == failing && len(v.Culprits) < mostCulprits {
			v.Culprits = append(v.Culprits, culprit{cut(visible(app.App.Name)), string(app.Failure.Reason), "/status#" + cardID(i)})
		}
		if !app.Answered.IsZero() && (oldest.IsZero() || app.Answered.Before(oldest)) {
			oldest = app.Answered
		}
	}
	v.Others = of[failing] - len(v.Culprits)
	switch {
	case of[failing] > 0:
		v.State, v.Sentence = bad, share(of[failing], len(apps), "fails", "fail")+"."
	case of[tooOld] > 0:
		v.State, v.Sentence = bad, share(of[tooOld], len(apps), "has data that is too old to show", "have data that is too old to show")+"."
	case of[unseen] > 0 && of[unseen] == len(apps):
		v.State, v.Sentence = warn, "No app has answered yet."
	case of[unseen] > 0:
		v.State, v.Sentence = warn, share(of[unseen], len(apps), "has no answer yet", "have no answer yet")+"."
	case len(apps) == 0:
		v.State, v.Sentence = warn, "There is no app."
	default:
		v.Sentence = fmt.Sprintf("%s, the oldest data is %s old.", share(len(apps), len(apps), "answered", "answered"), span(s.At.Sub(oldest)))
	}
	v.note(s, r)
	if len(v.Notes) > 0 && v.State == good {
		v.State = warn
	}
	return v
}

// note says what is wrong beside apps that fail.
func (v *verdict) note(s *collector.Status, r *reloadState) {
	add := func(format string, args ...any) { v.Notes = append(v.Notes, fmt.Sprintf(format, args...)) }
	if s.Scraped.IsZero() {
		add("No scrape has come yet, and only a scrape asks for anything: let Prometheus scrape this exporter.")
	} else if since := s.At.Sub(s.Scraped); since > quietFor {
		add("The last scrape came %s, and only a scrape asks for anything: is Prometheus running, and does it still scrape this exporter?", ago(since))
	}
	if r.refused != nil {
		add("The last reload failed, so the configuration before it stays in force: see below.")
	}
	var missing, paused, scarce int
	for _, t := range s.Tokens {
		switch {
		case t.Err != nil:
			missing++
		case t.PausedUntil.After(s.At):
			paused++
		}
		if t.Needs > float64(s.Limit.Refill()) {
			scarce++
		}
	}
	if missing > 0 {
		add("%s: nothing is asked for such an account until there is one.", these(missing, "account has no usable token", "accounts have no usable token"))
	}
	if paused > 0 {
		add("%s by a 429 of the API: see below until when.", these(paused, "token is kept quiet", "tokens are kept quiet"))
	}
	if scarce > 0 {
		add("%s more apps than the rate limit carries, so their data grows older than cache.ttl (%s).", these(scarce, "token has", "tokens have"), model.Duration(s.TTL))
	}
}

// worstOfEach returns which report of each app is the most urgent.
func worstOfEach(reports []collector.ReportStatus) (worst []int) {
	for i := range reports {
		last := len(worst) - 1
		switch {
		case last < 0 || reports[worst[last]].App.Name != reports[i].App.Name:
			worst = append(worst, i)
		case urgencyOf(&reports[i]) < urgencyOf(&reports[worst[last]]):
			worst[last] = i
		}
	}
	return worst
}

// share says of how many apps something is true.
func share(part, all int, one, more string) string {
	switch {
	case all == 1 && part == 1:
		return "The app " + one
	case all == 2 && part == 2:
		return "Both apps " + more
	case part == all:
		return "All " + many(all, "app") + " " + more
	case part == 1:
		return "1 of " + many(all, "app") + " " + one
	}
	return whole(part) + " of " + many(all, "app") + " " + more
}

func these(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return whole(n) + " " + more
}
