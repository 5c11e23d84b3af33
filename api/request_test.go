package api_test

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
)

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// A stuckBody has no end. Its Read ignores the request's context and returns
// when the body is closed, and its Close takes an hour.
type stuckBody struct {
	closed chan struct{}
	once   sync.Once
}

func newStuckBody() *stuckBody { return &stuckBody{closed: make(chan struct{})} }

func (b *stuckBody) Read([]byte) (int, error) {
	<-b.closed
	return 0, errors.New("closed")
}

func (b *stuckBody) Close() error {
	b.once.Do(func() {
		time.Sleep(time.Hour)
		close(b.closed)
	})
	return nil
}

func TestClient_ReturnsAtDeadline(t *testing.T) {
	const timeout = 5 * time.Second
	response := func(status int, header http.Header) func(*stuckBody) roundTripper {
		return func(body *stuckBody) roundTripper {
			return func(*http.Request) (*http.Response, error) {
				return &http.Response{StatusCode: status, Header: header, Body: body}, nil
			}
		}
	}
	for name, c := range map[string]struct {
		rt      func(*stuckBody) roundTripper
		reason  api.Reason
		status  int
		elapsed time.Duration
	}{
		"a transport that ignores the context": {func(body *stuckBody) roundTripper {
			return func(*http.Request) (*http.Response, error) {
				time.Sleep(2 * timeout)
				return &http.Response{StatusCode: 200, Body: body}, nil
			}
		}, api.ReasonTimeout, 0, timeout},
		"a 200 whose body ignores it": {response(200, nil), api.ReasonTimeout, 200, timeout},
		"a 500 whose body ignores it": {response(500, nil), api.ReasonServer, 500, timeout},
		"a 101":                       {response(101, nil), api.ReasonMalformed, 101, 0},
		"a 429":                       {response(429, nil), api.ReasonRateLimited, 429, 0},
		"an encoding not requested":   {response(200, http.Header{"Content-Encoding": {"br"}}), api.ReasonMalformed, 200, 0},
		"no status":                   {response(0, nil), api.ReasonMalformed, 0, 0},
		"a status of HTTP/2 above 999": {
			response(123456, nil), api.ReasonMalformed, 0, 0,
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), timeout)
				defer cancel()
				body, start := newStuckBody(), time.Now()
				_, err := api.New("https://api.example", c.rt(body)).LivestreamDays(ctx, theApp(), func() api.Window { return api.LastDays(5, now()) })
				if elapsed := time.Since(start); elapsed != c.elapsed {
					t.Errorf("returned after %v, want %v", elapsed, c.elapsed)
				}
				e := (*api.Error)(nil)
				if !errors.As(err, &e) || e.Reason != c.reason || e.Status != c.status {
					t.Errorf("got %v, want %s with status %d", err, c.reason, c.status)
				}
				<-body.closed // or synctest reports a deadlock
			})
		})
	}
}

// A canceled request is not a timeout.
func TestClient_Canceled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	_, err := api.New("https://api.example", roundTripper(func(req *http.Request) (*http.Response, error) {
		cancel()
		<-req.Context().Done()
		return nil, req.Context().Err()
	})).LivestreamDays(ctx, theApp(), func() api.Window { return api.LastDays(5, now()) })
	if !errors.Is(err, context.Canceled) || reasonOf(err) == api.ReasonTimeout {
		t.Errorf("got %v, want a cancellation", err)
	}
}

func TestClient_EncodingNotRequested(t *testing.T) {
	for encoding, want := range map[string]string{
		"":               "",
		"identity":       "",
		"br":             "content encoding br",
		"deflate":        "content encoding deflate",
		"zstd":           "content encoding zstd",
		"gzip, br":       "an unknown content encoding",
		token + "-token": "an unknown content encoding",
	} {
		header := http.Header{"Content-Encoding": {encoding}}
		_, err := fetch(t, apitest.Status(200, header, `{"data":[],"success":true}`), theApp())
		switch {
		case want == "" && err != nil:
			t.Errorf("%q: %v", encoding, err)
		case want != "" && (reasonOf(err) != api.ReasonMalformed || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), token)):
			t.Errorf("%q: got %v, want %q", encoding, err, want)
		}
		_, err = fetch(t, apitest.Status(400, header, `{"message":"the words"}`), theApp())
		if got := strings.Contains(err.Error(), "the words"); got != (want == "") {
			t.Errorf("%q: got %v: words of an encoded body are not readable", encoding, err)
		}
	}
}

// A peer that closes each connection before the request is sent could keep
// net/http connecting until the deadline.
func TestClient_ConnectionsAreLimited(t *testing.T) {
	var connections int
	rt := roundTripper(func(req *http.Request) (*http.Response, error) {
		for connections < 1000 && req.Context().Err() == nil {
			connections++
			httptrace.ContextClientTrace(req.Context()).GetConn("api.example:443")
		}
		return nil, cmp.Or(req.Context().Err(), io.EOF)
	})
	_, err := api.New("https://api.example", rt).LivestreamDays(t.Context(), theApp(), func() api.Window { return api.LastDays(5, now()) })
	if reasonOf(err) != api.ReasonNetwork || !strings.Contains(err.Error(), "none of 10 connections accepted the request") {
		t.Errorf("got %v", err)
	}
	if connections > 11 {
		t.Errorf("%d connections", connections)
	}
}

// If the body of an error is large, only the status is used.
func TestClient_ErrorBodyIsLimited(t *testing.T) {
	var read int
	rt := roundTripper(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 503, Body: io.NopCloser(readerFunc(func(b []byte) (int, error) {
			read += len(b)
			return copy(b, strings.Repeat("x ", len(b))), nil
		}))}, nil
	})
	_, err := api.New("https://api.example", rt).LivestreamDays(t.Context(), theApp(), func() api.Window { return api.LastDays(5, now()) })
	if reasonOf(err) != api.ReasonServer || read > 128<<10 || strings.Contains(err.Error(), "x x") {
		t.Errorf("got %v after %d bytes", err, read)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(b []byte) (int, error) { return f(b) }
