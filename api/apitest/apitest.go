// Package apitest is a simulated RealtimeKit: an API that knows the wire and
// nothing of the code that talks to it. Tests are written against it, and the
// exporter's --demo flag serves it.
//
// A tour:
//
//   - [New] makes an empty one; AddToken and AddApp furnish it. [Demo] is
//     furnished already.
//   - It is an [http.Handler], to be put behind a socket with net/http/httptest;
//     [API.Client] reaches it without one, also inside a testing/synctest bubble.
//   - Numbers come from a seed, the app and the day: every process makes up the
//     same history, and today grows as its clock goes on. [API.SetDay] restates a
//     day; [API.Days] tells what a request would be answered.
//   - [API.Override] breaks an app, with one of the ready-made faults ([Status],
//     [Hang], [ResetMidBody], …) or any handler; nil heals it. [API.Limit]
//     enforces a rate limit. [API.SetPaging] and [API.OverrideApps] break the list of
//     apps.
//   - [API.Requests] is its log.
//
// What it answers is what is documented of the real API; where the
// documentation is silent, the doc comments here say what it chose.
package apitest

import (
	"fmt"
	"net/http"
	"sync"
	"time"
)

// An API is a simulated RealtimeKit: an [http.Handler] answering
//
//	GET <prefix>/accounts/{account_id}/realtime/kit/apps
//	GET <prefix>/accounts/{account_id}/realtime/kit/{app_id}/analytics/livestreams/daywise
//
// under any prefix. It is safe for concurrent use. Make one with [New] or [Demo].
type API struct {
	now func() time.Time

	mu     sync.Mutex // held for bookkeeping only, never while answering
	tokens map[string]map[string]bool
	apps   map[string]*app
	lists  map[string]http.Handler // overrides of the list of apps, by account
	paging Paging
	log    []*Request
	limit  limiter
}

// An app is known by its ID alone, so one that stands in two accounts has the
// same days, and the same fault, in both.
type app struct {
	accounts map[string]bool // empty: asked about or broken, but never added
	seeded   bool
	set      map[string]Day
	override http.Handler
	name     *string // nil: the ID
	created  time.Time
}

// A Day is a row of the answer: one app's livestreams on one UTC day.
type Day struct {
	Date          string // YYYY-MM-DD
	Sessions      int64
	IngestSeconds int64
	ViewerSeconds int64
}

// New returns an API without tokens or apps, whose clock is now.
func New(now func() time.Time) *API {
	return &API{
		now:    now,
		tokens: map[string]map[string]bool{},
		apps:   map[string]*app{},
		lists:  map[string]http.Handler{},
		limit:  newLimiter(),
	}
}

// AddToken makes token valid and gives it access to the accounts, besides those
// it had.
func (a *API) AddToken(token string, accountIDs ...string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.tokens[token] == nil {
		a.tokens[token] = map[string]bool{}
	}
	for _, id := range accountIDs {
		a.tokens[token][id] = true
	}
}

// RemoveToken makes token invalid.
func (a *API) RemoveToken(token string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.tokens, token)
}

// AddApp adds an app whose numbers come from the seed: its ID and the day.
func (a *API) AddApp(accountID, appID string) { a.addApp(accountID, appID, true) }

// AddEmptyApp adds an app that has no livestreams but those given to it with
// [API.SetDay].
func (a *API) AddEmptyApp(accountID, appID string) { a.addApp(accountID, appID, false) }

func (a *API) addApp(accountID, appID string, seeded bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	p := a.app(appID)
	if p.created.IsZero() {
		p.created = a.now()
	}
	p.accounts[accountID] = true
	p.seeded = seeded
}

// SetDay restates a day of an app, for good: also today then stands still. A
// day without sessions, ingest and viewers has no row. A day that is still to
// come is shown once it has. It panics when the date is not YYYY-MM-DD, which
// would otherwise just never be shown.
func (a *API) SetDay(appID string, d Day) {
	if _, err := time.Parse(time.DateOnly, d.Date); err != nil {
		panic(fmt.Sprintf("apitest: SetDay of app %s: %v", appID, err))
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.app(appID).set[d.Date] = d
}

// Override has h answer this app's requests from now on, of whatever method,
// token or query: they are logged, but neither checked nor counted against the
// rate limit. A nil h makes the app healthy again.
func (a *API) Override(appID string, h http.Handler) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.app(appID).override = h
}

// app returns what is known of an app. The caller holds a.mu.
func (a *API) app(id string) *app {
	p := a.apps[id]
	if p == nil {
		p = &app{accounts: map[string]bool{}, set: map[string]Day{}}
		a.apps[id] = p
	}
	return p
}
