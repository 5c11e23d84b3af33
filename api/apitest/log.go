package apitest

import (
	"net/http"
	"net/url"
	"slices"
	"time"
)

// A Request is an entry of the API's log.
type Request struct {
	Time      time.Time // by the API's clock
	Token     string    // "" if the Authorization header has none
	AccountID string    // "", like AppID, if the path is unknown
	AppID     string    // "" for the list of apps as well
	Endpoint  Endpoint  // "" with AppID
	UserAgent string
	Query     url.Values
	Status    int // 0 until the status line is sent, if it ever is
}

// logged is the maximum length of the log, because a demo may run for months.
const logged = 10_000

// Requests returns the log of the requests that arrived, oldest first: the last
// 10,000 of them.
func (a *API) Requests() []Request {
	a.mu.Lock()
	defer a.mu.Unlock()
	log := make([]Request, len(a.log))
	for i, r := range a.log {
		log[i] = *r
	}
	return log
}

// ResetRequests empties the log.
func (a *API) ResetRequests() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.log = nil
}

// record logs a request, and returns a function that records the response's status.
func (a *API) record(r *http.Request, q routed) (note func(status int)) {
	e := &Request{Time: a.now(), Token: bearer(r.Header), AccountID: q.accountID, AppID: q.appID, Endpoint: q.endpoint, UserAgent: r.UserAgent(), Query: r.URL.Query()}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.log = append(a.log, e)
	a.log = slices.Delete(a.log, 0, max(0, len(a.log)-logged))
	return func(status int) {
		a.mu.Lock()
		defer a.mu.Unlock()
		e.Status = status
	}
}

// A recorder records the status before the client can see it, so that a client with
// a response finds it in the log.
type recorder struct {
	http.ResponseWriter
	note  func(status int)
	noted bool
}

func (r *recorder) noteOnce(status int) {
	if !r.noted {
		r.noted = true
		r.note(status)
	}
}

// WriteHeader records the status, then sends it.
func (r *recorder) WriteHeader(status int) {
	if status >= 200 { // 1xx precedes the response
		r.noteOnce(status)
	}
	r.ResponseWriter.WriteHeader(status)
}

// Write records 200 if there was no WriteHeader.
func (r *recorder) Write(p []byte) (int, error) {
	r.noteOnce(http.StatusOK)
	return r.ResponseWriter.Write(p)
}

// Flush makes the recorder an [http.Flusher], which embedding hides.
func (r *recorder) Flush() {
	r.noteOnce(http.StatusOK)
	flush(r.ResponseWriter)
}

// Unwrap is for [http.ResponseController].
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// flush sends what has been written. A writer that cannot flush does not need it.
func flush(w http.ResponseWriter) { _ = http.NewResponseController(w).Flush() }
