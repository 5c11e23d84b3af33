// Package apitest is a simulated RealtimeKit API. It implements the wire format and
// imports no package of the exporter. Tests and the exporter's flag --demo use it.
//
// Overview:
//
//   - [New] returns an empty API; AddToken and AddApp add to it. [Demo] returns one
//     with an account and apps.
//   - It is an [http.Handler], for use with net/http/httptest. [API.Client] reaches it
//     without a socket, also inside a testing/synctest bubble.
//   - Numbers are generated from a seed, the app and the day: every process has the
//     same history, and today grows with the clock. [API.SetDay], [API.SetMeetingDay]
//     and [API.SetLive] replace them; [API.Days], [API.MeetingDays] and [API.Live]
//     return what a response has.
//   - [API.Override] and [API.OverrideEndpoint] make an app or one of its endpoints fail,
//     with a fault of this package ([Status], [Hang], [ResetMidBody], …) or any handler;
//     nil ends the fault. [API.Limit]
//     enforces a rate limit. [API.SetPaging] breaks lists with pages,
//     [API.OverrideApps] the list of apps.
//   - [API.Requests] is the log of requests.
//
// Responses are as documented for the real API. Where the documentation is ambiguous,
// the doc comments of this package state the choice.
package apitest

import (
	"fmt"
	"net/http"
	"sync"
	"time"
)

// An API is a simulated RealtimeKit: an [http.Handler] that responds to
//
//	GET <prefix>/accounts/{account_id}/realtime/kit/apps
//	GET <prefix>/accounts/{account_id}/realtime/kit/{app_id}/analytics/livestreams/daywise
//	GET <prefix>/accounts/{account_id}/realtime/kit/{app_id}/analytics/livestreams/overall
//	GET <prefix>/accounts/{account_id}/realtime/kit/{app_id}/analytics/daywise
//	GET <prefix>/accounts/{account_id}/realtime/kit/{app_id}/sessions
//
// under any prefix. It is safe for concurrent use. Use [New] or [Demo] to create one.
type API struct {
	now func() time.Time

	mu     sync.Mutex // not held while a response is written
	tokens map[string]map[string]bool
	apps   map[string]*app
	lists  map[string]http.Handler // overrides of the list of apps, by account
	paging Paging
	log    []*Request
	limit  limiter
}

// An app is identified by its ID alone, so an app in two accounts has the same days
// and the same fault in both.
type app struct {
	accounts map[string]bool // empty: it has an override, but was not added
	seeded   bool
	set      map[string]Day
	override map[Endpoint]http.Handler

	setMeetings map[string]MeetingDay
	live        *[]Session // nil: as seeded
	name        *string    // nil: the ID
	created     time.Time
}

// A Day is a row of a response: the livestreams of one app on one UTC day.
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

// AddToken makes token valid and gives it access to the accounts, in addition to
// those it had.
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

// AddEmptyApp adds an app without numbers but those that are set, as by [API.SetDay].
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

// SetDay sets the numbers of a day of an app. Those of today no longer grow then. A
// day without sessions, ingest and viewers has no row. A future day has its row once
// it begins. SetDay panics if the date is not YYYY-MM-DD, because it would never
// match a day.
func (a *API) SetDay(appID string, d Day) {
	checkDate("SetDay", appID, d.Date)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.app(appID).set[d.Date] = d
}

func checkDate(setter, appID, date string) {
	if _, err := time.Parse(time.DateOnly, date); err != nil {
		panic(fmt.Sprintf("apitest: %s of app %s: %v", setter, appID, err))
	}
}

// Override makes h respond to all requests for the app, whatever their method, token
// or query. They are logged, but neither checked nor counted against the rate limit.
// A nil h ends the override.
func (a *API) Override(appID string, h http.Handler) { a.OverrideEndpoint(appID, "", h) }

// OverrideEndpoint is [API.Override] for the requests to one endpoint.
func (a *API) OverrideEndpoint(appID string, e Endpoint, h http.Handler) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if h == nil {
		delete(a.app(appID).override, e)
	} else {
		a.app(appID).override[e] = h
	}
}

// app finds or creates an app. The caller holds a.mu.
func (a *API) app(id string) *app {
	p := a.apps[id]
	if p == nil {
		p = &app{
			accounts: map[string]bool{}, set: map[string]Day{}, setMeetings: map[string]MeetingDay{},
			override: map[Endpoint]http.Handler{},
		}
		a.apps[id] = p
	}
	return p
}
