package collector

import (
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
)

// A TokenStatus is what is known of a token, or of an account that has none: for
// whom it is, and what the rate limit makes of it. The token itself is not in it.
type TokenStatus struct {
	Accounts []string // that share the token
	Err      error    // why there is none; nil if there is
	Apps     int
	Needs    float64 // requests per Limit.Per that the apps need in the long run, at most

	Left        int       // requests that left in the last Limit.Per
	Remaining   int       // requests that may leave at once now
	Waiting     int       // requests that wait for their turn
	PausedUntil time.Time // until when a 429 keeps it quiet; zero if it does not
}

func (e *Exporter) tokenStatus(p *Plan, now time.Time) []TokenStatus {
	var (
		all     []TokenStatus
		index   = make(map[api.Secret]int)
		waiting = e.throttle.Waiting()
	)
	for _, account := range p.Accounts {
		last := e.tokens.last(account.ID)
		i, shared := index[last.token]
		if !shared || last.token == "" {
			i = len(all)
			index[last.token] = i
			all = append(all, TokenStatus{Err: last.err})
		}
		all[i].Accounts = append(all[i].Accounts, account.ID)
		all[i].Apps += len(account.Apps)
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
		t.Left, t.Waiting = e.throttle.Left(string(token)), waiting[string(token)]
	}
	for i := range all {
		all[i].Needs = p.Requests(all[i].Apps)
	}
	return all
}
