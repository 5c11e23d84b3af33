// Package api is a client for the analytics of Cloudflare RealtimeKit: one
// method per endpoint, plain values as results, and errors that tell operators what to do.
//
// Start at [Client.LivestreamDays] and [Client.Apps]. Cloudflare's SDK builds and
// sends the requests, in a file for each endpoint. The package reads the response itself (request.go), because
// the SDK's decoding turns invalid values into zeros, and accepts only what the
// API documents (decode.go). A failure is an [*Error] (error.go) with a [Reason]
// for machines and a sentence for people, free of secrets.
//
// A method sends each request once at most (once.go), and returns when its context
// ends. The package has no clock, log, metrics, retries or cache: the caller
// decides when to send a request.
package api

import (
	"context"
	"net/http"
	"time"

	"github.com/cloudflare/cloudflare-go/v7/option"
	"github.com/cloudflare/cloudflare-go/v7/realtime_kit"
)

// An App is a RealtimeKit app and the credentials for it. The identifiers become
// parts of a path unescaped: the caller must have validated them.
type App struct {
	AccountID string
	ID        string
	Filters   string // passed on unchanged, if not empty
	Token     Secret // needs the permission Realtime or Realtime Admin

	secrets  []Secret // of the client
	personal bool     // the response can hold personal data, so errors do not quote it
}

// String names the app, or the account if it has no ID.
func (app App) String() string {
	if app.ID == "" {
		return "account " + app.AccountID
	}
	return "app " + app.ID
}

// A Window is the time span of a request: from 00:00 UTC of its first day until now, or
// until the last moment of a past day.
type Window struct{ Start, End time.Time }

// PastDays is the window from one past day to another, both included. It ends just before
// the next day, because that day would be in the response if end_time is inclusive.
func PastDays(first, last time.Time) Window {
	return Window{Start: Day(first), End: Day(last).AddDate(0, 0, 1).Add(-time.Nanosecond)}
}

// LastDays is the window of the last n days in UTC, including the current day.
func LastDays(n int, now time.Time) Window {
	return Window{Start: Day(now).AddDate(0, 0, 1-n), End: now}
}

// Day is 00:00 UTC of the day that t falls on.
func Day(t time.Time) time.Time {
	y, m, d := t.UTC().Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// A Client sends requests to the API at one base URL.
type Client struct {
	// UserAgent is the header User-Agent of the requests. Empty: that of Cloudflare's SDK.
	UserAgent string

	rt          http.RoundTripper
	secrets     []Secret
	livestreams *realtime_kit.LivestreamService
	apps        *realtime_kit.AppService
	analytics   *realtime_kit.AnalyticsService
	sessions    *realtime_kit.SessionService

	via Via // nil: requests are sent immediately, by this client
}

// A Via decides when, and by which client, a request is sent. It calls send once,
// or returns why it does not.
type Via func(ctx context.Context, send func(context.Context, *Client) error) error

// Client returns a client each of whose requests is sent by via: a method that needs
// several requests calls it for each.
func (via Via) Client() *Client { return &Client{via: via} }

// New returns a client of the API at baseURL that sends its requests through rt.
// No error quotes a part of the secrets, such as the password of a proxy.
func New(baseURL string, rt http.RoundTripper, secrets ...Secret) *Client {
	opts := []option.RequestOption{
		option.WithBaseURL(baseURL),
		option.WithHTTPClient(direct{rt}),
		option.WithMaxRetries(0),
	}
	return &Client{
		rt:          rt,
		secrets:     secrets,
		livestreams: realtime_kit.NewLivestreamService(opts...),
		apps:        realtime_kit.NewAppService(opts...),
		analytics:   realtime_kit.NewAnalyticsService(opts...),
		sessions:    realtime_kit.NewSessionService(opts...),
	}
}

// direct is an HTTP client that does not follow redirects, as [http.Client]
// does: the token would be sent with them.
type direct struct{ http.RoundTripper }

func (d direct) Do(req *http.Request) (*http.Response, error) { return d.RoundTrip(req) }

// CloseIdleConnections closes the connections that no request uses.
func (c *Client) CloseIdleConnections() {
	(&http.Client{Transport: c.rt}).CloseIdleConnections()
}
