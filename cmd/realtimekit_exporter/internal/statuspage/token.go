package main

import (
	"fmt"
	"slices"

	"github.com/prometheus/common/model"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector"
)

// A tokenView is what the page tells of a token.
type tokenView struct {
	ID           string // on the page
	Title        string
	State, Badge string
	Problem      string
	Paused       *moment
	Origins      []origin
	More         int // accounts beside those
	Left         string
	Used         float64 // of the limit, in percent
	Lasts, Needs string
	Remaining    string
	Waiting      string
}

// An origin is where an account has its token from.
type origin struct{ AccountID, From string }

// mostOrigins bounds a page, however many accounts share a token.
const mostOrigins = 10

func tokensByAccount(s *collector.Status) map[string]*collector.TokenStatus {
	all := make(map[string]*collector.TokenStatus)
	for i := range s.Tokens {
		for _, id := range s.Tokens[i].Accounts {
			all[id] = &s.Tokens[i]
		}
	}
	return all
}

// tokenViews tells of the tokens of some reports, each once.
func tokenViews(s *collector.Status, c *config, of []int) (views []tokenView) {
	wanted := make(map[string]bool)
	for _, i := range of {
		wanted[s.Reports[i].AccountID] = true
	}
	origins := make(map[string]string)
	for _, a := range c.Accounts {
		origins[a.ID] = visible(fmt.Sprint(a.Token))
	}
	for i := range s.Tokens {
		for _, id := range s.Tokens[i].Accounts {
			if wanted[id] {
				views = append(views, newTokenView(len(views), &s.Tokens[i], s, origins))
				break
			}
		}
	}
	return views
}

func newTokenView(i int, t *collector.TokenStatus, s *collector.Status, origins map[string]string) tokenView {
	per := model.Duration(s.Limit.Per).String()
	v := tokenView{
		ID: fmt.Sprintf("token-%d", i), Title: fmt.Sprintf("Token of %s, for %s", many(len(t.Accounts), "account"), many(t.Apps, "app")),
		State: good, Badge: "Within its limit",
		Left:      fmt.Sprintf("%s of at most %s in %s", whole(t.Sent), whole(s.Limit.Requests), per),
		Used:      min(100, 100*float64(t.Sent)/float64(s.Limit.Requests)),
		Lasts:     fmt.Sprintf("%s per %s", whole(s.Limit.Refill()), per),
		Needs:     fmt.Sprintf("up to %s per %s", number(t.Needs, false), per),
		Remaining: whole(t.Remaining),
		Waiting:   whole(t.Waiting),
	}
	for _, id := range t.Accounts[:min(len(t.Accounts), mostOrigins)] {
		v.Origins = append(v.Origins, origin{id, origins[id]})
	}
	v.More = len(t.Accounts) - len(v.Origins)
	switch {
	case t.Err != nil:
		v.State, v.Badge, v.Problem = bad, "No usable token", visible(t.Err.Error())
	case t.PausedUntil.After(s.At):
		v.State, v.Badge, v.Paused = bad, "Kept quiet", newMoment(t.PausedUntil, s.At)
	case refusal(t, s) != nil:
		v.State, v.Badge, v.Problem = bad, "Refused by the API", visible(refusal(t, s).Error())
	case t.Needs > float64(s.Limit.Refill()):
		v.State, v.Badge = warn, "Too many apps"
		v.Problem = fmt.Sprintf("Its apps need more than the limit carries, so answers grow older than cache.ttl (%s): make that longer, or use several tokens.", model.Duration(s.TTL))
	case t.Remaining == 0:
		v.State, v.Badge = warn, "Budget spent"
	}
	return v
}

// refusal is an error with which the API refused a token, and has not accepted it since.
func refusal(t *collector.TokenStatus, s *collector.Status) error {
	for i := range s.Reports {
		r := &s.Reports[i]
		if r.Failure != nil && r.Failure.Reason == api.ReasonAuth && slices.Contains(t.Accounts, r.AccountID) {
			return r.Failure.Err
		}
	}
	return nil
}
