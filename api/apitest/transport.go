package apitest

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// Client returns a client whose every request, to whatever host, this API
// answers within the process. It behaves as over a connection: the answer is
// there once its headers are, the body streams, an aborted handler is a broken
// connection ([io.EOF] before the headers, [io.ErrUnexpectedEOF] after), gzip is
// unpacked unless it was asked for, and when the request's context ends, the
// client has its error at once and the handler's own context ends too. Like any
// [http.Client] it follows redirects unless told otherwise: back to this API.
func (a *API) Client() *http.Client { return &http.Client{Transport: transport{a}} }

type transport struct{ handler http.Handler }

// RoundTrip has the handler answer, in a goroutine that ends with it.
func (t transport) RoundTrip(req *http.Request) (*http.Response, error) {
	in, err := incoming(req)
	if err == nil {
		err = req.Context().Err()
	}
	if err != nil {
		if req.Body != nil {
			req.Body.Close()
		}
		return nil, err
	}
	ctx, cancel := context.WithCancel(req.Context())
	pr, pw := io.Pipe()
	w := &answer{req: req, header: http.Header{}, body: body{pr, cancel}, pipe: pw, done: make(chan result, 1)}
	go func() {
		defer cancel()
		defer in.Body.Close()
		stop := context.AfterFunc(ctx, func() { pw.CloseWithError(w.broken(io.ErrClosedPipe)) })
		defer stop()
		w.serve(t.handler, in.WithContext(ctx))
	}()
	select {
	case r := <-w.done:
		return r.resp, r.err
	case <-req.Context().Done():
		return nil, req.Context().Err()
	}
}

// incoming makes of a client's request what a server would see of it.
func incoming(req *http.Request) (*http.Request, error) {
	u, err := url.ParseRequestURI(req.URL.RequestURI())
	if err != nil {
		return nil, fmt.Errorf("making a request of the URL: %w", err)
	}
	for name, values := range req.Header {
		for _, v := range values {
			if strings.ContainsFunc(v, func(c rune) bool { return c < ' ' && c != '\t' || c == 0x7f }) {
				return nil, fmt.Errorf("invalid header field value for %q", name) // as net/http says it, without the value
			}
		}
	}
	in := req.Clone(req.Context())
	in.URL, in.RequestURI, in.RemoteAddr = u, req.URL.RequestURI(), "127.0.0.1:1"
	if in.Header == nil {
		in.Header = http.Header{}
	}
	if in.Host == "" {
		in.Host = req.URL.Host
	}
	if in.Body == nil {
		in.Body = http.NoBody
	}
	if unpacks(req) {
		in.Header.Set("Accept-Encoding", "gzip")
	}
	return in, nil
}

type result struct {
	resp *http.Response
	err  error
}

// An answer is the [http.ResponseWriter] of one request.
type answer struct {
	req    *http.Request
	header http.Header
	body   io.ReadCloser
	pipe   *io.PipeWriter
	done   chan result // takes one

	begun bool
	left  int64 // of the promised Content-Length; less than 0: nothing promised
}

// serve runs the handler and ends the answer as it ended.
func (w *answer) serve(h http.Handler, r *http.Request) {
	defer func() {
		switch p := recover(); p {
		case nil:
			w.WriteHeader(http.StatusOK)
			if w.left > 0 {
				w.pipe.CloseWithError(w.broken(io.ErrUnexpectedEOF))
			}
			w.pipe.Close()
		case http.ErrAbortHandler:
			w.pipe.CloseWithError(w.broken(io.ErrUnexpectedEOF))
			if !w.begun {
				w.done <- result{err: w.broken(io.EOF)}
			}
		default:
			panic(p) // a bug, not an answer
		}
	}()
	h.ServeHTTP(w, r)
}

// broken prefers the context's error: a handler often aborts because of it, and
// the client must not see the one or the other by chance.
func (w *answer) broken(err error) error {
	if ctxErr := w.req.Context().Err(); ctxErr != nil {
		return ctxErr
	}
	return err
}

// Header returns what WriteHeader will send.
func (w *answer) Header() http.Header { return w.header }

// WriteHeader hands the client its response, whose body is still to come.
func (w *answer) WriteHeader(status int) {
	if w.begun || status < 200 {
		return
	}
	w.begun = true
	resp := &http.Response{
		Status: fmt.Sprintf("%d %s", status, http.StatusText(status)), StatusCode: status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: w.header.Clone(), Body: w.body, ContentLength: -1, Request: w.req,
	}
	if n, err := strconv.ParseInt(w.header.Get("Content-Length"), 10, 64); err == nil && n >= 0 {
		resp.ContentLength = n
	}
	w.left = resp.ContentLength
	if w.req.Method == http.MethodHead || status == http.StatusNoContent || status == http.StatusNotModified {
		w.left = 0
	} else if unpacks(w.req) && strings.EqualFold(w.header.Get("Content-Encoding"), "gzip") {
		resp.Header.Del("Content-Encoding")
		resp.Header.Del("Content-Length")
		resp.ContentLength, resp.Uncompressed, resp.Body = -1, true, &unpacked{packed: w.body}
	}
	w.done <- result{resp: resp}
}

// Write waits until the client has read it, or has gone.
func (w *answer) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	if w.left >= 0 {
		if int64(len(p)) > w.left {
			return 0, http.ErrContentLength
		}
		w.left -= int64(len(p))
	}
	if len(p) == 0 {
		return 0, nil // a pipe would wait for a reader even so
	}
	return w.pipe.Write(p)
}

// Flush sends the headers: all else has been sent already.
func (w *answer) Flush() { w.WriteHeader(http.StatusOK) }

// A body hangs up when it is closed.
type body struct {
	*io.PipeReader
	hangUp context.CancelFunc
}

// Close tells the handler that nobody reads any more.
func (b body) Close() error {
	defer b.hangUp()
	return b.PipeReader.Close()
}
