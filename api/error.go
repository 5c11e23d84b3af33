package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Reason is why a request failed, as a word for a metric's label.
type Reason string

// The reasons, by HTTP status first.
const (
	ReasonTimeout     Reason = "timeout"      // no complete answer in time
	ReasonNetwork     Reason = "network"      // no connection (DNS, TLS), or it broke
	ReasonToken       Reason = "token"        // no usable token, so nothing was sent
	ReasonAuth        Reason = "auth"         // 401, 403, and 400 with code 6003
	ReasonNotFound    Reason = "not_found"    // 404, and 400 with code 7003
	ReasonRateLimited Reason = "rate_limited" // 429
	ReasonClient      Reason = "client"       // any other 4xx
	ReasonServer      Reason = "server"       // 5xx
	ReasonRedirect    Reason = "redirect"     // 3xx
	ReasonAPIError    Reason = "api_error"    // 200 with success: false
	ReasonMalformed   Reason = "malformed"    // anything else that is not the documented answer
)

// Reasons lists every reason.
func Reasons() []Reason {
	return []Reason{
		ReasonTimeout, ReasonNetwork, ReasonToken, ReasonAuth, ReasonNotFound, ReasonRateLimited,
		ReasonClient, ReasonServer, ReasonRedirect, ReasonAPIError, ReasonMalformed,
	}
}

// An Error is a request that failed. Its text says what was tried, what went
// wrong and what to do. It holds no token, and at most 200 characters of what
// the API said.
type Error struct {
	Reason     Reason
	Status     int    // of HTTP; 0 when none came
	RetryAfter string // the header of that name
	text       string
	cause      error
}

func (e *Error) Error() string { return e.text }

// Unwrap returns what caused it, if that was an error.
func (e *Error) Unwrap() error { return e.cause }

// TokenError is for the caller that finds no token to send.
func TokenError(cause error) *Error {
	return &Error{Reason: ReasonToken, text: cause.Error(), cause: cause}
}

// Pause is how long the API asks, by a 429, to be left alone: its Retry-After in
// seconds or as a date, an hour at most, and 5 minutes if that can't be used.
func (e *Error) Pause(now time.Time) time.Duration {
	const most, otherwise = time.Hour, 5 * time.Minute
	header := strings.TrimSpace(e.RetryAfter)
	seconds, err := strconv.ParseUint(header, 10, 64)
	var numError *strconv.NumError
	switch {
	case err == nil && seconds > uint64(most/time.Second), errors.As(err, &numError) && errors.Is(numError.Err, strconv.ErrRange):
		return most
	case err == nil && seconds > 0:
		return time.Duration(seconds) * time.Second
	case err == nil:
		return otherwise
	}
	date, err := http.ParseTime(header)
	if err != nil || !date.After(now) {
		return otherwise
	}
	return min(date.Sub(now), most)
}

// connectionError is for a request that got no complete answer.
func connectionError(ctx context.Context, app App, err error) *Error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return &Error{Reason: ReasonTimeout, text: "no complete answer within api.timeout: the API or the way to it is slow", cause: ctx.Err()}
	}
	text := "no connection to the API, or it broke: " + shorten(redactQuoted(app.redactToken(printable(err.Error())))) +
		" (check DNS, firewall, proxy and api.tls_config)"
	return &Error{Reason: ReasonNetwork, text: text, cause: err}
}

// statusError is for an answer other than 200.
func statusError(app App, resp *http.Response, body []byte) *Error {
	words, codes := said(body)
	e := &Error{Status: resp.StatusCode, RetryAfter: resp.Header.Get("Retry-After")}
	switch s := resp.StatusCode; {
	case s == http.StatusUnauthorized:
		e.Reason, e.text = ReasonAuth, "token rejected for account "+app.AccountID+": the API does not know it: is it mistyped, expired or revoked?"
	case s == http.StatusForbidden:
		e.Reason, e.text = ReasonAuth, "token rejected for account "+app.AccountID+": it needs the permission Realtime or Realtime Admin"
	case s == http.StatusBadRequest && slices.Contains(codes, 6003):
		e.Reason, e.text = ReasonAuth, "token rejected for account "+app.AccountID+": it is not the form of a token: give the token and nothing else"
	case s == http.StatusNotFound, s == http.StatusBadRequest && slices.Contains(codes, 7003):
		e.Reason, e.text = ReasonNotFound, "app "+app.ID+" not found in account "+app.AccountID+": check app_id and account_id"
	case s == http.StatusProxyAuthRequired: // whose words may hold the name and password that it got
		e.Reason, e.text, words = ReasonClient, "the proxy refused: check api.proxy_url or HTTPS_PROXY", ""
	case s == http.StatusTooManyRequests:
		e.Reason, e.text = ReasonRateLimited, "too many requests: the limit counts all that uses this token, the dashboard included"
	case s >= 500:
		e.Reason, e.text = ReasonServer, "the API failed: nothing to do but wait, unless it lasts"
	case s >= 400:
		e.Reason, e.text = ReasonClient, "the API refused the request: check the app's filters and api.base_url"
	case s >= 300:
		e.Reason, e.text = ReasonRedirect, "the API redirects, which is not followed, as the token would go along: check api.base_url"
	default:
		e.Reason, e.text = ReasonMalformed, "answer without analytics: check api.base_url and proxies on the way"
	}
	e.text += fmt.Sprintf(" (HTTP %d%s)", e.Status, app.quote(words))
	return e
}

// apiError is for a 200 that says of itself that it failed.
func apiError(app App, body []byte) *Error {
	words, _ := said(body)
	return &Error{
		Reason: ReasonAPIError, Status: http.StatusOK,
		text: "the API answered success: false, without an error's status (HTTP 200" + app.quote(words) + ")",
	}
}

// malformed is for a 200 that is not the documented answer.
func (app App) malformed(cause error) *Error {
	return &Error{
		Reason: ReasonMalformed, Status: http.StatusOK, cause: cause,
		text: "answer of app " + app.ID + " not understood, so nothing of it is used: " + cause.Error(),
	}
}
