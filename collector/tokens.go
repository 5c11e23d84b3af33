package collector

import (
	"maps"
	"slices"
	"sync"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
)

// tokens remembers the token of each account as it was last read.
type tokens struct {
	mu    sync.Mutex
	known map[string]reading
}

// A reading of a token brings it, or what is wrong with it.
type reading struct {
	token api.Secret
	err   error
}

func (t *tokens) of(accountID string) api.Secret { return t.last(accountID).token }

func (t *tokens) last(accountID string) reading {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.known[accountID]
}

// swap notes a reading, and tells whether its token is another than before.
func (t *tokens) swap(accountID string, r reading) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.known == nil {
		t.known = make(map[string]reading)
	}
	changed := t.known[accountID].token != r.token
	t.known[accountID] = r
	return changed
}

// retain forgets the tokens of other accounts.
func (t *tokens) retain(accounts []Account) {
	t.mu.Lock()
	defer t.mu.Unlock()
	maps.DeleteFunc(t.known, func(id string, _ reading) bool {
		return !slices.ContainsFunc(accounts, func(a Account) bool { return a.ID == id })
	})
}

// readTokens reads every token, so that a new one frees at once what waits for
// the sake of the old one.
func (e *Exporter) readTokens(p *Plan) {
	for i := range p.Accounts {
		_, _ = e.readToken(&p.Accounts[i]) // who asks with it will say what is wrong
	}
}

func (e *Exporter) readToken(a *Account) (api.Secret, error) {
	token, err := a.Token()
	if err != nil {
		token = ""
	}
	if e.tokens.swap(a.ID, reading{token, err}) {
		e.cache.ResetBackoff(func(k key) bool { return k.accountID == a.ID })
		e.throttle.Reschedule()
	}
	return token, err
}
