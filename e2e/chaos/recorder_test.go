package chaos

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness"
)

// A recorder is a handler in front of the API that records every valid response.
type recorder struct {
	api http.Handler

	mu       sync.Mutex
	recorded map[dayValue][]time.Time // times of the requests, at most two per second
}

// A dayValue is one number of a day.
type dayValue struct {
	app, measure, date string
	value              float64
}

// faultyHeader marks a response that the exporter must not use.
const faultyHeader = "X-Faulty"

// ServeHTTP calls the API.
func (w *recorder) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	sent := time.Now()
	copied := &copying{ResponseWriter: out, status: http.StatusOK}
	w.api.ServeHTTP(copied, r) // a response that is cut off panics, and is not recorded
	if copied.status != http.StatusOK || out.Header().Get(faultyHeader) != "" {
		return
	}
	var response struct {
		Data []struct {
			Date   string `json:"date"`
			Count  int64  `json:"count"`
			Ingest int64  `json:"total_ingest_seconds"`
			Viewer int64  `json:"total_viewer_seconds"`
		} `json:"data"`
	}
	if err := json.Unmarshal(copied.body.Bytes(), &response); err != nil {
		panic(err) // the simulated API is broken
	}
	rows := map[string]apitest.Day{}
	first := ""
	for _, row := range response.Data {
		rows[row.Date] = apitest.Day{Date: row.Date, Sessions: row.Count, IngestSeconds: row.Ingest, ViewerSeconds: row.Viewer}
		if first == "" || row.Date < first {
			first = row.Date
		}
	}
	path := strings.Split(r.URL.Path, "/")
	w.record(path[len(path)-4], first, sent, rows)
}

// record records a response: its rows, and 0 for the days without one from the first
// row to the day of the request.
func (w *recorder) record(app, first string, sent time.Time, rows map[string]apitest.Day) {
	w.mu.Lock()
	defer w.mu.Unlock()
	begin, err := time.Parse(time.DateOnly, first)
	if err != nil {
		return // no rows, no numbers
	}
	for ; begin.Before(sent); begin = begin.AddDate(0, 0, 1) {
		date := begin.Format(time.DateOnly)
		for measure, n := range harness.Measures(rows[date]) {
			c := dayValue{app, measure, date, float64(n)}
			if times := w.recorded[c]; len(times) == 0 || sent.Sub(times[len(times)-1]) > 500*time.Millisecond {
				w.recorded[c] = append(times, sent)
			}
		}
	}
}

// lastBefore returns when a number was last requested and sent, up to a time.
func (w *recorder) lastBefore(c dayValue, at time.Time) (last time.Time, ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, sent := range w.recorded[c] {
		if sent.After(at) {
			break
		}
		last, ok = sent, true
	}
	return last, ok
}

// A copying writer keeps what it sends, up to what an exporter would read.
type copying struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

// WriteHeader notes the status.
func (c *copying) WriteHeader(status int) {
	c.status = status
	c.ResponseWriter.WriteHeader(status)
}

// Write copies.
func (c *copying) Write(p []byte) (int, error) {
	if c.body.Len() < 1<<20 {
		c.body.Write(p)
	}
	return c.ResponseWriter.Write(p)
}

// Unwrap is for [http.ResponseController].
func (c *copying) Unwrap() http.ResponseWriter { return c.ResponseWriter }
