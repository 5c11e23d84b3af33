// Package api is a client for the analytics of Cloudflare RealtimeKit: one
// method a report, plain values as results, and errors that a person can act on.
//
// Start at [Client.LivestreamDays]. It lets Cloudflare's SDK build and send the
// request (livestreams.go), reads the answer itself (get, below), because the
// SDK's own decoding turns nonsense into zeros, and takes only what the API
// documents (decode.go). What goes wrong is an [*Error] (error.go): it carries
// a [Reason] for machines and a sentence for people, free of secrets.
//
// The package has no clock, no log, no metrics, no retries and no cache: when to
// ask, and how often, is for the caller to decide.
package api

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/cloudflare/cloudflare-go/v7/option"
	"github.com/cloudflare/cloudflare-go/v7/realtime_kit"
)

// An App is a RealtimeKit app, and what it takes to ask about it. The
// identifiers become parts of a path as they are: they must be checked before.
type App struct {
	AccountID string
	ID        string
	Filters   string // passed on as it is, when not empty
	Token     Secret // needs the permission Realtime or Realtime Admin

	secrets []Secret // of the client
}

// A Window is the span of time that a request asks about: from 00:00 UTC of its
// first day until now.
type Window struct{ Start, End time.Time }

// LastDays is the window of the last n days in UTC, that of now included.
func LastDays(n int, now time.Time) Window {
	return Window{Start: Day(now).AddDate(0, 0, 1-n), End: now}
}

// Day is 00:00 UTC of the day that t falls on.
func Day(t time.Time) time.Time {
	y, m, d := t.UTC().Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// maxBody is the largest body that is read. A row takes about 90 bytes, so a
// year of days is below 40 KB.
const maxBody = 1 << 20

// A Client asks the API at one base URL.
type Client struct {
	rt          http.RoundTripper
	secrets     []Secret
	livestreams *realtime_kit.LivestreamService
}

// New returns a client of the API at baseURL that sends its requests through rt.
// No error quotes a part of the secrets, such as the password of a proxy.
func New(baseURL string, rt http.RoundTripper, secrets ...Secret) *Client {
	return &Client{
		rt:      rt,
		secrets: secrets,
		livestreams: realtime_kit.NewLivestreamService(
			option.WithBaseURL(baseURL),
			option.WithHTTPClient(direct{rt}),
			option.WithMaxRetries(0),
		),
	}
}

// direct is an HTTP client without the following of redirects that
// [http.Client] does: the token would go along.
type direct struct{ http.RoundTripper }

func (d direct) Do(req *http.Request) (*http.Response, error) { return d.RoundTrip(req) }

// CloseIdleConnections lets go of the connections that no request uses.
func (c *Client) CloseIdleConnections() {
	(&http.Client{Transport: c.rt}).CloseIdleConnections()
}

// A response is a successful one: HTTP 200, read completely.
type response struct {
	header http.Header
	body   []byte
}

// get sends a request with one of the SDK's methods. The SDK reads bodies without a limit and forgets what did not
// decode, so a middleware reads the response before the SDK sees it.
func get(ctx context.Context, app App, send func(context.Context, ...option.RequestOption) error) (*response, error) {
	var (
		resp *http.Response
		body []byte
		read error
		raw  []byte
	)
	err := send(ctx,
		option.WithAPIToken(string(app.Token)),
		option.WithResponseBodyInto(&raw),
		option.WithMiddleware(func(req *http.Request, next option.MiddlewareNext) (*http.Response, error) {
			r, err := next(req)
			if err != nil {
				return r, err
			}
			body, read = readBody(r.Body)
			resp = r
			r.Body = io.NopCloser(bytes.NewReader(nil))
			return r, nil
		}),
	)
	switch {
	case resp == nil:
		return nil, connectionError(ctx, app, err)
	case resp.StatusCode != http.StatusOK:
		return nil, statusError(app, resp, body)
	case errors.Is(read, errTooLarge):
		return nil, app.malformed(read)
	case errors.Is(read, gzip.ErrHeader), errors.Is(read, gzip.ErrChecksum), errors.As(read, new(flate.CorruptInputError)):
		return nil, app.malformed(fmt.Errorf("unpacking the body: %w", read))
	case read != nil:
		e := connectionError(ctx, app, read)
		e.Status = resp.StatusCode
		return nil, e
	}
	return &response{header: resp.Header, body: body}, nil
}

var errTooLarge = fmt.Errorf("the body is larger than %d bytes", maxBody)

// readBody reads and closes a body.
func readBody(r io.ReadCloser) (body []byte, err error) {
	defer func() { _ = r.Close() }()
	body, err = io.ReadAll(io.LimitReader(r, maxBody+1))
	if len(body) > maxBody {
		return nil, errTooLarge
	}
	return body, err
}
