package statuspage

import (
	"fmt"
	"slices"

	"github.com/prometheus/common/model"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
	"github.com/realtimekit-exporter/realtimekit_exporter/cmd/realtimekit_exporter/internal/plural"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector"
)

// A tokenView shows a token.
type tokenView struct {
	ID                 string // on the page
	Title              string
	State, Badge       string
	Problem            string
	Paused             *moment
	Origins            []origin
	More               int // accounts that are not in Origins
	Sent               string
	Used               float64 // of the rate limit, in percent
	Sustainable, Needs string
	Remaining          string
	Queued             string
}

// An origin says where the token of an account is read from.
type origin struct{ AccountID, From string }

// maxOrigins limits the size of a page.
const maxOrigins = 10

func tokensByAccount(s *collector.Status) map[string]*collector.TokenStatus {
	all := make(map[string]*collector.TokenStatus)
	for i := range s.Tokens {
		for _, id := range s.Tokens[i].Accounts {
			all[id] = &s.Tokens[i]
		}
	}
	return all
}

// tokenViews returns the tokens of some reports, each once. origins is by account ID.
func tokenViews(s *collector.Status, origins map[string]string, reports []int) (views []tokenView) {
	wanted := make(map[string]bool)
	for _, i := range reports {
		wanted[s.Reports[i].AccountID] = true
	}
	for i := range s.Tokens {
		if t := &s.Tokens[i]; slices.ContainsFunc(t.Accounts, func(id string) bool { return wanted[id] }) {
			views = append(views, newTokenView(len(views), t, s, origins))
		}
	}
	return views
}

func newTokenView(i int, t *collector.TokenStatus, s *collector.Status, origins map[string]string) tokenView {
	per := model.Duration(s.Limit.Per).String()
	v := tokenView{
		ID: fmt.Sprintf("token-%d", i), Title: fmt.Sprintf("Token of %s, for %s", plural.Count(len(t.Accounts), "account"), plural.Count(t.Apps, "app")),
		State: good, Badge: "Within the rate limit",
		Sent:        fmt.Sprintf("%s of at most %s in %s", integer(t.Sent), integer(s.Limit.Requests), per),
		Used:        min(100, 100*float64(t.Sent)/float64(s.Limit.Requests)),
		Sustainable: fmt.Sprintf("%s per %s", integer(s.Limit.Refill()), per),
		Needs:       fmt.Sprintf("up to %s per %s", number(t.Needs, false), per),
		Remaining:   integer(t.Remaining),
		Queued:      integer(t.Waiting),
	}
	for _, id := range t.Accounts[:min(len(t.Accounts), maxOrigins)] {
		v.Origins = append(v.Origins, origin{id, printable(origins[id])})
	}
	v.More = len(t.Accounts) - len(v.Origins)
	switch {
	case t.Err != nil:
		v.State, v.Badge, v.Problem = bad, "No usable token", printable(t.Err.Error())
	case t.PausedUntil.After(s.At):
		v.State, v.Badge, v.Paused = bad, "Paused", newMoment(t.PausedUntil, s.At)
	case rejection(t, s) != nil:
		v.State, v.Badge, v.Problem = bad, "Rejected by the API", printable(rejection(t, s).Error())
	case t.Needs > float64(s.Limit.Refill()):
		v.State, v.Badge = warn, "Too many apps"
		v.Problem = "These apps need more requests than the rate limit allows, so responses get older than their TTL: raise cache.ttl, or use several tokens."
		if t.Needs-t.Live <= float64(s.Limit.Refill()) {
			v.Problem = "These apps need more requests than the rate limit allows. Those for live values wait behind the others, so live values get older than their TTL: raise cache.live_ttl, or use several tokens."
		}
	case t.Remaining == 0:
		v.State, v.Badge = warn, "Rate limit reached"
	}
	return v
}

// rejection is the error of a request with which the API rejected the token, unless the
// API has accepted the token since.
func rejection(t *collector.TokenStatus, s *collector.Status) error {
	for i := range s.Reports {
		r := &s.Reports[i]
		if r.Failure != nil && r.Failure.Reason == api.ReasonAuth && slices.Contains(t.Accounts, r.AccountID) {
			return r.Failure.Err
		}
	}
	return nil
}
