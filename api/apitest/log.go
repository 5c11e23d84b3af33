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
	Token     string    // "" when the Authorization header held none
	AccountID string    // "", like AppID, when the path was no known one
	AppID     string    // "" for the list of apps as well
	Query     url.Values
	Status    int // 0 until the answer's first line leaves, and for ever if it never does
}

// logged is the most that the log keeps, since a demo may run for months.
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

// record logs a request; the function it returns takes down the answer's status.
func (a *API) record(r *http.Request, accountID, appID string) (note func(status int)) {
	e := &Request{Time: a.now(), Token: bearer(r.Header), AccountID: accountID, AppID: appID, Query: r.URL.Query()}
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

// A recorder notes the status before the client can see it, so that whoever
// has an answer finds it in the log.
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

// WriteHeader notes the status, then sends it.
func (r *recorder) WriteHeader(status int) {
	if status >= 200 { // the others only announce an answer
		r.noteOnce(status)
	}
	r.ResponseWriter.WriteHeader(status)
}

// Write begins the answer, if nothing has.
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

// flush sends what has been written. A writer that can't needs no flushing.
func flush(w http.ResponseWriter) { _ = http.NewResponseController(w).Flush() }
