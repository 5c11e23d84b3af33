package scrape

import (
	"context"
	"math"
	"net/http"
	"strconv"
	"time"
)

// MaxTimeout is the longest that a scrape waits.
const MaxTimeout = 300 * time.Second

// WithDeadline ends the context of a request when Prometheus's timeout, less the
// offset, is over.
func WithDeadline(offset time.Duration, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), timeout(r.Header.Get("X-Prometheus-Scrape-Timeout-Seconds"), offset))
		defer cancel()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// timeout returns how long a scrape may wait, from the header in which
// Prometheus sends its own timeout. The offset is at most half of that.
func timeout(header string, offset time.Duration) time.Duration {
	seconds, err := strconv.ParseFloat(header, 64)
	if err != nil || !(seconds > 0) || math.IsInf(seconds, 0) {
		seconds = 5
	}
	given := time.Duration(min(seconds, MaxTimeout.Seconds()) * float64(time.Second))
	return max(given-min(offset, given/2), time.Nanosecond)
}
