package apitest

import (
	"bytes"
	"compress/gzip"
	"io"
	"maps"
	"net/http"
	"strconv"
	"time"
)

// Status responds with this status, header and body. Unless the header has
// another one, the Content-Type is application/json.
func Status(code int, header http.Header, body string) http.Handler {
	header = header.Clone()
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		begin(w, header, code)
		_, _ = io.WriteString(w, body) // an error means that the client has disconnected
	})
}

// Body responds with 200 and this body, as application/json.
func Body(body string) http.Handler { return Status(http.StatusOK, nil, body) }

// Challenge responds as Cloudflare does to a client that it takes for a robot: 403
// with a page that is not a response of the API.
func Challenge() http.Handler {
	header := http.Header{"Content-Type": {"text/html; charset=UTF-8"}, "Cf-Mitigated": {"challenge"}}
	return Status(http.StatusForbidden, header, "<!DOCTYPE html><html><head><title>Just a moment...</title></head></html>")
}

// Error responds with this status and the envelope of errors that all of
// Cloudflare's API shares.
func Error(status, code int, message string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		cloudflareError(w, status, code, message)
	})
}

// Redirect sends the client elsewhere.
func Redirect(code int, url string) http.Handler { return http.RedirectHandler(url, code) }

// Hang accepts the request and sends nothing until the client disconnects.
func Hang() http.Handler {
	return http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		<-r.Context().Done()
		panic(http.ErrAbortHandler) // returning would be an empty 200
	})
}

// HeadersThenHang sends 200 and the headers, and no body.
func HeadersThenHang() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begin(w, nil, http.StatusOK)
		flush(w)
		<-r.Context().Done()
		panic(http.ErrAbortHandler)
	})
}

// Slow waits, then responds by h; a nil h is [Healthy]. It stops if the client
// disconnects.
func Slow(d time.Duration, h http.Handler) http.Handler {
	if h == nil {
		h = Healthy()
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		pause(r, d)
		h.ServeHTTP(w, r)
	})
}

// Drip responds with 200 and this body, one byte per interval.
func Drip(body string, every time.Duration) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begin(w, nil, http.StatusOK)
		for i := range len(body) {
			if i > 0 {
				pause(r, every)
			}
			if _, err := io.WriteString(w, body[i:i+1]); err != nil {
				panic(http.ErrAbortHandler)
			}
			flush(w)
		}
	})
}

// Reset breaks the connection before the response.
func Reset() http.Handler {
	return http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
}

// ResetMidBody announces the whole body, sends half of it and breaks the
// connection.
func ResetMidBody(body string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		begin(w, http.Header{"Content-Length": {strconv.Itoa(len(body))}}, http.StatusOK)
		_, _ = io.WriteString(w, body[:len(body)/2])
		flush(w)
		panic(http.ErrAbortHandler)
	})
}

// GzipBomb responds with 200 and a valid body without rows, padded to this size
// with blanks, and a thousandth of it on the wire. Only a limit of the reader
// stops it.
func GzipBomb(size int64) http.Handler {
	const head, tail = `{"success":true,"data":[`, `]}`
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		begin(w, http.Header{"Content-Encoding": {"gzip"}}, http.StatusOK)
		gz := gzip.NewWriter(w)
		if repeat(gz, head, " ", tail, size) != nil || gz.Close() != nil {
			panic(http.ErrAbortHandler)
		}
	})
}

// Endless responds with 200 and a valid body that repeats one row, up to this size.
// It stops when the client disconnects.
func Endless(size int64) http.Handler {
	const row = `{"count":4,"date":"2023-07-15","total_ingest_seconds":531,"total_viewer_seconds":116}`
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		begin(w, nil, http.StatusOK)
		if repeat(w, `{"success":true,"data":[`, row+",", row+`]}`, size) != nil {
			panic(http.ErrAbortHandler)
		}
	})
}

// repeat writes head, as many units as fit into the size, and tail.
func repeat(w io.Writer, head, unit, tail string, size int64) error {
	if _, err := io.WriteString(w, head); err != nil {
		return err
	}
	const chunk = 32 << 10
	many := bytes.Repeat([]byte(unit), max(1, chunk/len(unit)))
	free := size - int64(len(head)+len(tail))
	for free >= int64(len(unit)) {
		n := min(int64(len(many)), free-free%int64(len(unit)))
		if _, err := w.Write(many[:n]); err != nil {
			return err
		}
		free -= n
	}
	_, err := io.WriteString(w, tail)
	return err
}

// begin sends the status and headers.
func begin(w http.ResponseWriter, header http.Header, status int) {
	w.Header().Set("Content-Type", "application/json")
	maps.Copy(w.Header(), header)
	w.WriteHeader(status)
}

// pause waits, and breaks the connection if the client disconnects meanwhile.
func pause(r *http.Request, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-r.Context().Done():
		panic(http.ErrAbortHandler)
	}
}
