package collector

import (
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
)

// A TokenStatus is the state of a token, or of an account without a usable one: its
// accounts and its rate limit. It does not contain the token itself.
type TokenStatus struct {
	Accounts []string // that share the token
	Err      error    // why there is no usable token; nil if there is one
	Apps     int
	Needs    float64 // maximum requests per Limit.Per that the apps need in the long run
	Live     float64 // the part of Needs for reports that are not by day, which wait behind the others

	Sent        int       // requests sent in the last Limit.Per
	Remaining   int       // requests that can be sent immediately
	Waiting     int       // requests in the queue
	PausedUntil time.Time // until when requests are paused after a 429; zero if they are not
}

// tokenStatus returns the state of the tokens. apps is the number of apps collected by
// account, and lists the requests per Limit.Per for its list of apps.
func (e *Exporter) tokenStatus(p *Plan, now time.Time, apps map[string]int, lists map[string]float64) []TokenStatus {
	var (
		all   []TokenStatus
		index = make(map[api.Secret]int)
	)
	for _, account := range p.Accounts {
		token, err := e.tokens.Last(account.ID)
		i, shared := index[token]
		if !shared || token == "" {
			i = len(all)
			index[token] = i
			all = append(all, TokenStatus{Err: err})
		}
		all[i].Accounts = append(all[i].Accounts, account.ID)
		all[i].Apps += apps[account.ID]
		all[i].Needs += lists[account.ID]
	}
	for token, i := range index {
		if token == "" {
			continue
		}
		t := &all[i]
		var paused time.Duration
		if paused, t.Remaining = e.throttle.State(string(token)); paused > 0 {
			t.PausedUntil = now.Add(paused)
		}
		t.Sent, t.Waiting = e.throttle.Sent(string(token)), e.throttle.Waiting(string(token))
	}
	for i := range all {
		for _, r := range p.Reports {
			n := p.RequestsOf(r, all[i].Apps)
			all[i].Needs += n
			if !r.Daily() {
				all[i].Live += n
			}
		}
	}
	return all
}
