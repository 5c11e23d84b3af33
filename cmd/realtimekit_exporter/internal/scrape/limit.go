package scrape

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"
)

const (
	stallTimeout = 30 * time.Second       // a client may read nothing for this long
	drainTimeout = 500 * time.Millisecond // for requests without a slot after a SIGTERM
	chunkSize    = 4 << 10                // bytes; small, so that a slow reader completes one in time
)

// LimitRequests serves at most n requests at the same time; 0: no limit. Others wait
// until their context ends, and then get a 503.
func LimitRequests(stopping context.Context, n int, next http.Handler) http.Handler {
	if n == 0 {
		return next
	}
	slots := make(chan struct{}, n)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !acquire(r.Context(), stopping, slots) {
			http.Error(w, fmt.Sprintf("Limit of concurrent requests reached (%d), try again later.", n), http.StatusServiceUnavailable)
			return
		}
		defer func() { <-slots }()
		next.ServeHTTP(w, r)
	})
}

// acquire waits for a slot. It takes a free one even if the context has ended: a client
// that has only closed its side for writing still gets a response. After a SIGTERM,
// requests that wait for the API return their slot at once, and clients that do not
// read never do.
func acquire(ctx, stopping context.Context, slots chan<- struct{}) bool {
	select {
	case slots <- struct{}{}:
		return true
	default:
	}
	select {
	case slots <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	case <-stopping.Done():
	}
	select {
	case slots <- struct{}{}:
		return true
	case <-ctx.Done():
	case <-time.After(drainTimeout):
	}
	return false
}

// DropStalled disconnects a client that reads nothing of a response for 30
// seconds. One that reads slowly gets the whole response.
func DropStalled(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(&deadlineWriter{w, http.NewResponseController(w)}, r)
	})
}

// A deadlineWriter gives each chunk a deadline of its own.
type deadlineWriter struct {
	http.ResponseWriter
	control *http.ResponseController
}

// Write implements [http.ResponseWriter].
func (w *deadlineWriter) Write(p []byte) (n int, err error) {
	for chunk := range slices.Chunk(p, chunkSize) {
		_ = w.control.SetWriteDeadline(time.Now().Add(stallTimeout)) // the write fails too if the connection is closed
		m, err := w.ResponseWriter.Write(chunk)
		if n += m; err != nil {
			return n, err
		}
	}
	return n, nil
}

// Unwrap is for [http.ResponseController].
func (w *deadlineWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
