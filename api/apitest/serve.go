package apitest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// ServeHTTP logs the request, then answers it as the real API would, with a Date
// by the API's clock: the method (405), the path (404), the Authorization header
// (400, 401), the rate limit (429), the account (403), the app (404) and the query
// (400) are checked in this order. An app with an override is answered by that instead.
//
// Of the query, start_time and end_time are whole Unix seconds, both optional:
// the end is now, the start 30 days before the end. The rows are those of whole
// UTC days, from the day of the start to the day of the end, both included, but
// for quiet days; their order is none in particular. Other parameters, filters
// among them, are ignored.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	accountID, appID, routed := route(r.URL.Path)
	rec := &recorder{ResponseWriter: w, note: a.record(r, accountID, appID)}

	h := http.Handler(http.HandlerFunc(a.answer))
	if routed {
		if o := a.overrideOf(appID); o != nil {
			h = o
			r = r.WithContext(context.WithValue(r.Context(), healthyKey{}, a))
		}
	}
	w.Header().Set("Date", a.now().UTC().Format(http.TimeFormat))
	h.ServeHTTP(rec, r)
	rec.noteOnce(http.StatusOK) // a handler without a word means 200
}

type healthyKey struct{}

// Healthy answers what the API would without the override it stands in, checks
// included: it is for faults that come and go, or come first.
func Healthy() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a, ok := r.Context().Value(healthyKey{}).(*API)
		if !ok {
			http.Error(w, "apitest: Healthy works only in an API's override", http.StatusInternalServerError)
			return
		}
		a.answer(w, r)
	})
}

func (a *API) overrideOf(appID string) http.Handler {
	a.mu.Lock()
	defer a.mu.Unlock()
	if p := a.apps[appID]; p != nil {
		return p.override
	}
	return nil
}

// route finds the identifiers in a path. It does not clean the path: the real
// API's router would, and a client that sends ".." has to hear of it.
func route(path string) (accountID, appID string, ok bool) {
	s := strings.Split(path, "/")
	if len(s) < 9 { // the path starts with a slash, so the first is empty
		return "", "", false
	}
	s = s[len(s)-8:]
	accountID, appID = s[1], s[4]
	s[1], s[4] = "", ""
	if strings.Join(s, "/") != "accounts//realtime/kit//analytics/livestreams/daywise" || accountID == "" || appID == "" {
		return "", "", false
	}
	return accountID, appID, true
}

func (a *API) answer(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet {
		w.Header().Set("Allow", http.MethodGet)
		cloudflareError(w, http.StatusMethodNotAllowed, 10405, "Method not allowed")
		return
	}
	accountID, appID, ok := route(r.URL.Path)
	if !ok {
		cloudflareError(w, http.StatusNotFound, 7003,
			fmt.Sprintf("Could not route to %s, perhaps your object identifier is invalid?", r.URL.Path))
		return
	}
	token := bearer(r.Header)
	if token == "" {
		cloudflareError(w, http.StatusBadRequest, 6003, "Invalid request headers")
		return
	}
	now := a.now()
	known, permitted, exists, fate := a.admit(token, accountID, appID, now)
	if !known {
		cloudflareError(w, http.StatusUnauthorized, 1000, "Invalid API Token")
		return
	}
	fate.writeHeader(w.Header())
	switch {
	case fate.refused:
		cloudflareError(w, http.StatusTooManyRequests, 971, "Please wait and consider throttling your request speed")
	case !permitted:
		cloudflareError(w, http.StatusForbidden, 10000, "Authentication error")
	case !exists:
		kitError(w, http.StatusNotFound, "app not found")
	default:
		start, end, err := timeRange(r.URL.RawQuery, now)
		if err != nil {
			kitError(w, http.StatusBadRequest, err.Error())
			return
		}
		writeDays(w, appID, a.days(appID, start, end, now))
	}
}

// admit looks up what a request is allowed, and counts it if its token is known.
func (a *API) admit(token, accountID, appID string, now time.Time) (known, permitted, exists bool, f fate) {
	a.mu.Lock()
	defer a.mu.Unlock()
	accounts, known := a.tokens[token]
	if !known {
		return false, false, false, f
	}
	p := a.apps[appID]
	return true, accounts[accountID], p != nil && p.accounts[accountID], a.limit.admit(token, now)
}

// bearer returns the token of a header, "" when there is none to speak of.
func bearer(h http.Header) string {
	v := h.Values("Authorization")
	if len(v) != 1 {
		return ""
	}
	scheme, token, _ := strings.Cut(v[0], " ")
	if !strings.EqualFold(scheme, "Bearer") || strings.ContainsFunc(token, func(c rune) bool { return c <= ' ' || c >= 0x7f }) {
		return ""
	}
	return token
}

func timeRange(rawQuery string, now time.Time) (start, end int64, err error) {
	q, err := url.ParseQuery(rawQuery)
	if err != nil {
		return 0, 0, errors.New("query can't be read")
	}
	if end, err = unixSeconds(q, "end_time", now.Unix()); err != nil {
		return 0, 0, err
	}
	if start, err = unixSeconds(q, "start_time", max(0, end-30*daySeconds)); err != nil {
		return 0, 0, err
	}
	if start > end {
		return 0, 0, errors.New("start_time is after end_time")
	}
	return start, end, nil
}

func unixSeconds(q url.Values, name string, absent int64) (int64, error) {
	switch v := q[name]; len(v) {
	case 0:
		return absent, nil
	case 1:
		if n, err := strconv.ParseInt(v[0], 10, 64); err == nil && n >= 0 {
			return n, nil
		}
		return 0, fmt.Errorf("%s is not a number of seconds", name)
	default:
		return 0, fmt.Errorf("%s is given %d times", name, len(v))
	}
}
