package collector

import (
	"context"
	"errors"
	"sync"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
)

// tokens remembers the last reading of each account's token. Reading may block,
// as on a file system that hangs, so it is done in the background:
// by read for a request, before the request is queued, and by refresh
// for every scrape, which does not wait for it.
type tokens struct {
	ctx      context.Context //nolint:containedctx // the exporter's context: a reading outlives the scrape that starts it
	logger   log.Logger
	onChange func(accountID string) // called when a reading brings another token than the one before

	mu       sync.Mutex
	accounts map[string]*tokenState // by id
}

// A reading is a token, or the reason why there is none.
type reading struct {
	token api.Secret
	err   error
}

// A tokenState is what is known of the token of one account of the plan.
type tokenState struct {
	account    *Account
	last       reading
	refreshing bool
	logged     string // the problem that was logged last
}

var errNotRead = errors.New("the token has not been read yet")

func newTokens(ctx context.Context, logger log.Logger, onChange func(accountID string)) *tokens {
	return &tokens{ctx: ctx, logger: logger, onChange: onChange}
}

// last returns the last reading. It never blocks.
func (t *tokens) last(accountID string) reading {
	t.mu.Lock()
	defer t.mu.Unlock()
	if s, ok := t.accounts[accountID]; ok {
		return s.last
	}
	return reading{err: errNotRead}
}

// of returns the last token, or "" if there is none.
func (t *tokens) of(accountID string) api.Secret { return t.last(accountID).token }

// retain keeps the last readings of these accounts and forgets all others. A
// reading for an account of the former plan that ends later is ignored, because
// the token of the account may come from another file by now.
func (t *tokens) retain(accounts []Account) {
	t.mu.Lock()
	defer t.mu.Unlock()
	before := t.accounts
	t.accounts = make(map[string]*tokenState, len(accounts))
	for i := range accounts {
		a := &accounts[i]
		s := &tokenState{account: a, last: reading{err: errNotRead}}
		if old, ok := before[a.ID]; ok {
			s.last, s.logged = old.last, old.logged
		}
		t.accounts[a.ID] = s
	}
}

// refresh starts to read the token of each account again, unless that is in
// progress, so that a new token resets the backoffs and releases the requests
// that wait because of the old one. It does not wait.
func (t *tokens) refresh(accounts []Account) {
	for i := range accounts {
		a := &accounts[i]
		t.mu.Lock()
		s, ok := t.accounts[a.ID]
		start := ok && !s.refreshing
		if start {
			s.refreshing = true
		}
		t.mu.Unlock()
		if start {
			go t.refreshOne(a, s)
		}
	}
}

func (t *tokens) refreshOne(a *Account, s *tokenState) {
	token, err := t.read(t.ctx, a)
	problem := ""
	if err != nil && token == "" && t.ctx.Err() == nil {
		problem = err.Error()
	}
	t.mu.Lock()
	s.refreshing = false
	changed := problem != s.logged
	s.logged = problem
	t.mu.Unlock()
	if changed && problem != "" {
		_ = level.Warn(t.logger).Log("msg", "no usable token", "account_id", a.ID, "err", problem)
	}
}

// read reads the token of an account and remembers the result, unless ctx ends
// before there is one.
func (t *tokens) read(ctx context.Context, a *Account) (api.Secret, error) {
	token, err := a.Token(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return "", err
		}
		token = ""
	}
	if t.record(a, reading{token, err}) {
		t.onChange(a.ID)
	}
	return token, err
}

// record keeps a reading, and reports whether its token is another than before.
func (t *tokens) record(a *Account, r reading) (changed bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s, ok := t.accounts[a.ID]
	if !ok || s.account != a {
		return false
	}
	changed = s.last.token != r.token
	s.last = r
	return changed
}
