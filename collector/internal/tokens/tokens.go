// Package tokens remembers the last reading of each account's token. Reading may
// block, as on a file system that hangs, so it is done in the background: by
// [Tokens.Read] for a request, before the request is queued, and by [Tokens.Refresh]
// for every scrape, which does not wait for it.
package tokens

import (
	"context"
	"errors"
	"sync"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
)

// A Source reads the token of an account.
type Source func(context.Context) (api.Secret, error)

// Tokens are the tokens of all accounts. Use [New] to create them.
type Tokens struct {
	ctx      context.Context //nolint:containedctx // the exporter's context: a reading outlives the scrape that starts it
	logger   log.Logger
	onChange func(accountID string)

	mu       sync.Mutex
	accounts map[string]*state // by ID
}

// A state is the state of one account's token. [Tokens.Retain] replaces it.
type state struct {
	source     Source
	token      api.Secret
	err        error // why there is no token
	refreshing bool
	logged     string // the problem that was logged last
}

var errNotRead = errors.New("the token has not been read yet")

// New returns tokens of no account. Readings end with ctx. onChange is called when a
// reading brings another token than the one before.
func New(ctx context.Context, logger log.Logger, onChange func(accountID string)) *Tokens {
	return &Tokens{ctx: ctx, logger: logger, onChange: onChange}
}

// Last returns the last reading of an account's token. It never blocks.
func (t *Tokens) Last(accountID string) (api.Secret, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if s, ok := t.accounts[accountID]; ok {
		return s.token, s.err
	}
	return "", errNotRead
}

// Of returns the last token of an account, or "" if there is none.
func (t *Tokens) Of(accountID string) api.Secret {
	token, _ := t.Last(accountID)
	return token
}

// Retain keeps the last readings of these accounts and forgets all others. A reading
// that is in progress is ignored when it ends, because the token of the account may
// come from another file by now.
func (t *Tokens) Retain(sources map[string]Source) {
	t.mu.Lock()
	defer t.mu.Unlock()
	before := t.accounts
	t.accounts = make(map[string]*state, len(sources))
	for id, source := range sources {
		s := &state{source: source, err: errNotRead}
		if old, ok := before[id]; ok {
			s.token, s.err, s.logged = old.token, old.err, old.logged
		}
		t.accounts[id] = s
	}
}

// Refresh starts to read the token of each account again, unless that is in progress,
// so that a new token resets the backoffs and releases the requests that wait because
// of the old one. It does not wait.
func (t *Tokens) Refresh() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for id, s := range t.accounts {
		if !s.refreshing {
			s.refreshing = true
			go t.refresh(id, s)
		}
	}
}

func (t *Tokens) refresh(id string, s *state) {
	token, err := t.read(t.ctx, id, s)
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
		_ = level.Warn(t.logger).Log("msg", "no usable token", "account_id", id, "err", problem)
	}
}

// Read reads the token of an account and remembers the result, unless ctx ends before
// there is one.
func (t *Tokens) Read(ctx context.Context, accountID string) (api.Secret, error) {
	t.mu.Lock()
	s, ok := t.accounts[accountID]
	t.mu.Unlock()
	if !ok {
		return "", errNotRead
	}
	return t.read(ctx, accountID, s)
}

func (t *Tokens) read(ctx context.Context, id string, s *state) (api.Secret, error) {
	token, err := s.source(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return "", err
		}
		token = ""
	}
	if t.record(id, s, token, err) {
		t.onChange(id)
	}
	return token, err
}

// record keeps a reading, and reports whether its token is another than before.
func (t *Tokens) record(id string, s *state, token api.Secret, err error) (changed bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.accounts[id] != s {
		return false
	}
	changed = s.token != token
	s.token, s.err = token, err
	return changed
}
