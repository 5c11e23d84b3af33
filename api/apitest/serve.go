package apitest

import (
	"context"
	"fmt"
	"net/http"
	"strings"
)

// ServeHTTP logs the request, then responds as the real API does, with a Date by
// the API's clock: the method (405), the path (404), the Authorization header
// (400, 401), the rate limit (429), the account (403), the app (404) and the query
// (400) are checked in this order. The override of an app comes before all checks.
//
// The lists of apps and of sessions have pages of per_page rows (default 20) by creation,
// in descending order unless sort_order is ASC.
//
// Of the query for livestreams, start_time and end_time are whole Unix seconds, both optional:
// the end is now, the start 30 days before the end. The rows are those of whole
// UTC days, from the day of the start to the day of the end, both included,
// without the days that have no livestreams, in no particular order. The overall
// numbers are the sums of these rows. For meetings, start_date and end_date are the
// first and the last day. Other parameters, also filters, are ignored.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	now := a.now()
	w.Header().Set("Date", now.UTC().Format(http.TimeFormat))
	e, q := route(r.URL.Path)
	q.rawQuery, q.now = r.URL.RawQuery, now
	rec := &recorder{ResponseWriter: w, note: a.record(r, q)}

	healthy := func(w http.ResponseWriter, r *http.Request) { a.respond(w, r, e, q) }
	if o := a.overrideOf(q); o != nil {
		o.ServeHTTP(rec, r.WithContext(context.WithValue(r.Context(), healthyKey{}, healthy)))
	} else {
		healthy(rec, r)
	}
	rec.noteOnce(http.StatusOK) // net/http sends 200 for a handler that writes nothing
}

type healthyKey struct{}

// Healthy responds as the API does without the override that Healthy is part of,
// checks included: for faults that come and go, or that are only a delay.
func Healthy() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		healthy, ok := r.Context().Value(healthyKey{}).(func(http.ResponseWriter, *http.Request))
		if !ok {
			http.Error(w, "apitest: Healthy works only in an API's override", http.StatusInternalServerError)
			return
		}
		healthy(w, r)
	})
}

func (a *API) overrideOf(q routed) http.Handler {
	a.mu.Lock()
	defer a.mu.Unlock()
	if q.appID == "" {
		return a.lists[q.accountID]
	}
	if p := a.apps[q.appID]; p != nil {
		if h := p.override[q.endpoint]; h != nil {
			return h
		}
		return p.override[""]
	}
	return nil
}

// respond checks a request and calls its endpoint.
func (a *API) respond(w http.ResponseWriter, r *http.Request, e *endpoint, q routed) {
	switch {
	case r.Method != http.MethodGet:
		w.Header().Set("Allow", http.MethodGet)
		cloudflareError(w, http.StatusMethodNotAllowed, 10405, "Method not allowed")
		return
	case e == nil:
		cloudflareError(w, http.StatusNotFound, 7003,
			fmt.Sprintf("Could not route to %s, perhaps your object identifier is invalid?", r.URL.Path))
		return
	}
	token := bearer(r.Header)
	if token == "" {
		cloudflareError(w, http.StatusBadRequest, 6003, "Invalid request headers")
		return
	}
	known, permitted, exists, limited := a.admit(token, q)
	if !known {
		cloudflareError(w, http.StatusUnauthorized, 1000, "Invalid API Token")
		return
	}
	limited.writeHeader(w.Header())
	switch {
	case limited.refused:
		cloudflareError(w, http.StatusTooManyRequests, 971, "Please wait and consider throttling your request speed")
	case !permitted:
		cloudflareError(w, http.StatusForbidden, 10000, "Authentication error")
	case !exists:
		kitError(w, http.StatusNotFound, "app not found")
	default:
		e.serve(a, w, q)
	}
}

// admit looks up the permissions of a request, and counts it if its token is known.
func (a *API) admit(token string, q routed) (known, permitted, exists bool, d decision) {
	a.mu.Lock()
	defer a.mu.Unlock()
	accounts, known := a.tokens[token]
	if !known {
		return false, false, false, d
	}
	p := a.apps[q.appID]
	exists = q.appID == "" || p != nil && p.accounts[q.accountID]
	return true, accounts[q.accountID], exists, a.limit.admit(token, q.now)
}

// bearer returns the token of a header, "" if there is no valid one.
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
