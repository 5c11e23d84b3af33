package api

import (
	"compress/flate"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/cloudflare/cloudflare-go/v7/option"
)

const (
	// maxBody limits a body with rows, decompressed. A row takes about 90 bytes,
	// so a year of days is below 40 KB.
	maxBody = 1 << 20
	// maxErrorBody limits the body of another status.
	maxErrorBody = 64 << 10
)

// response is a complete response with status 200.
type response struct {
	app    App // with the secrets of the client that sent the request
	header http.Header
	body   []byte
}

// time is when the server sent the response; zero if there is no Date header.
func (r *response) time() time.Time {
	t, err := http.ParseTime(r.header.Get("Date"))
	if err != nil {
		return time.Time{}
	}
	return t
}

// A method is one of the SDK's, called on the services of a client.
type method func(context.Context, *Client, ...option.RequestOption) error

// request sends a request about an app, or about its account if it has no ID. All
// requests of the package are sent here.
func (c *Client) request(ctx context.Context, app App, m method) (resp *response, err error) {
	send := func(ctx context.Context, c *Client) error {
		app.secrets = c.secrets
		resp, err = get(ctx, app, func(ctx context.Context, opts ...option.RequestOption) error {
			if c.UserAgent != "" {
				opts = append(opts, option.WithHeader("User-Agent", c.UserAgent))
			}
			return m(ctx, c, opts...)
		})
		return err
	}
	if c.via == nil {
		err = send(ctx, c)
	} else {
		err = c.via(ctx, send)
	}
	if err != nil {
		return nil, err
	}
	return resp, nil
}

// get sends a request by one of the SDK's methods, once at most, and returns its
// response. It returns when ctx ends, even if the transport or the body ignores
// ctx.
func get(ctx context.Context, app App, send func(context.Context, ...option.RequestOption) error) (*response, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil) // which closes the body
	resp, err := within(ctx, func() (*http.Response, error) {
		return receiveHeader(once(ctx, cancel), app.Token, send)
	})
	switch {
	case err != nil:
		return nil, connectionError(ctx, app, err)
	case resp.StatusCode < 100 || resp.StatusCode > 999: // HTTP/2 allows any number
		return nil, &Error{Reason: ReasonMalformed, text: "the response has no valid HTTP status: check api.base_url and proxies on the network path"}
	case resp.StatusCode == http.StatusTooManyRequests, resp.StatusCode == http.StatusSwitchingProtocols:
		// A 429 counts from its header, and after a 101 there is no body.
		return nil, statusError(app, resp, nil)
	case resp.StatusCode != http.StatusOK:
		// The status is known even without the body.
		body, _ := within(ctx, func() ([]byte, error) { return readErrorBody(resp), nil })
		return nil, statusError(app, resp, body)
	}
	if err := checkEncoding(resp.Header); err != nil {
		return nil, app.malformed(err)
	}
	body, err := within(ctx, func() ([]byte, error) { return readBody(resp.Body) })
	switch {
	case errors.Is(err, errTooLarge):
		return nil, app.malformed(err)
	case errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum), errors.As(err, new(flate.CorruptInputError)):
		return nil, app.malformed(fmt.Errorf("unpacking the body: %w", err))
	case err != nil:
		e := connectionError(ctx, app, err)
		e.Status = resp.StatusCode
		return nil, e
	}
	return &response{app: app, header: resp.Header, body: body}, nil
}

// within returns what f returns, or the cause if ctx has ended: net/http has one
// error for every cause, and none for a body without a length that was cut short.
// f may ignore ctx, as a read does after 101 Switching Protocols, and continues in
// the background.
func within[T any](ctx context.Context, f func() (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		value, err := f()
		done <- result{value, err}
	}()
	select {
	case r := <-done:
		if ctx.Err() == nil {
			return r.value, r.err
		}
	case <-ctx.Done():
	}
	var none T
	return none, context.Cause(ctx)
}

// receiveHeader sends a request and returns its response with the body unread.
// The body is closed when ctx ends. The SDK reads bodies without a limit, so a
// middleware replaces the body before the SDK reads it.
func receiveHeader(ctx context.Context, token Secret, send func(context.Context, ...option.RequestOption) error) (*http.Response, error) {
	var resp *http.Response
	var unused []byte
	err := send(ctx,
		option.WithAPIToken(string(token)),
		option.WithResponseBodyInto(&unused),
		option.WithMiddleware(func(req *http.Request, next option.MiddlewareNext) (*http.Response, error) {
			r, err := next(req)
			if err != nil {
				return r, err
			}
			context.AfterFunc(ctx, func() { _ = r.Body.Close() })
			resp = r
			empty := *r
			empty.Body = http.NoBody
			return &empty, nil
		}),
	)
	if resp != nil {
		return resp, nil // the SDK's error does not matter
	}
	return nil, err
}

var errTooLarge = fmt.Errorf("the body is larger than %d bytes", maxBody)

func readBody(r io.Reader) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r, maxBody+1))
	if len(body) > maxBody {
		return nil, errTooLarge
	}
	return body, err
}

// readErrorBody returns the body of a response with a status other than 200, as far as it
// arrived, or nothing if it is too large.
func readErrorBody(resp *http.Response) []byte {
	if checkEncoding(resp.Header) != nil {
		return nil
	}
	body, _ := io.ReadAll(io.LimitReader(resp.Body, maxErrorBody+1))
	if len(body) > maxErrorBody {
		return nil
	}
	return body
}

// checkEncoding refuses a body with a content encoding that the request did not
// accept. net/http requests gzip, decodes it and removes the header.
func checkEncoding(h http.Header) error {
	for _, encoding := range h.Values("Content-Encoding") {
		switch known := []string{"br", "compress", "dcb", "dcz", "deflate", "zstd"}; {
		case encoding == "", encoding == "identity", encoding == "gzip":
		case slices.Contains(known, encoding):
			return fmt.Errorf("the body has the content encoding %s, which was not requested: check proxies on the network path", encoding)
		default:
			return errors.New("the body has an unknown content encoding, which was not requested: check proxies on the network path")
		}
	}
	return nil
}
