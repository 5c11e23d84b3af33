package api

import (
	"encoding/json"
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
	ReasonTimeout     Reason = "timeout"      // no complete response in time
	ReasonNetwork     Reason = "network"      // no connection (DNS, TLS, proxy), or it broke
	ReasonToken       Reason = "token"        // no usable token, so nothing was sent
	ReasonAuth        Reason = "auth"         // 401 and 403 with a JSON body, and 400 with code 6003, 9106 or 9109
	ReasonIntercepted Reason = "intercepted"  // 401 and 403 with any other body
	ReasonNotFound    Reason = "not_found"    // 404, and 400 with code 7003
	ReasonRateLimited Reason = "rate_limited" // 429
	ReasonClient      Reason = "client"       // any other 4xx
	ReasonServer      Reason = "server"       // 5xx
	ReasonRedirect    Reason = "redirect"     // 3xx except 304
	ReasonAPIError    Reason = "api_error"    // 200 with success: false
	ReasonMalformed   Reason = "malformed"    // anything else that is not the documented response
)

// Reasons lists every reason.
func Reasons() []Reason {
	return []Reason{
		ReasonTimeout, ReasonNetwork, ReasonToken, ReasonAuth, ReasonIntercepted, ReasonNotFound, ReasonRateLimited,
		ReasonClient, ReasonServer, ReasonRedirect, ReasonAPIError, ReasonMalformed,
	}
}

// An Error is a request that failed. Its text says what failed, what was found and
// what to do. It contains no secret, and at most 100 characters of the error body.
type Error struct {
	Reason     Reason
	Status     int    // of HTTP; 0 without a response
	RetryAfter string // the header of that name
	text       string
	cause      error
}

func (e *Error) Error() string { return e.text }

// Unwrap returns the cause, if that was an error. Its text can hold secrets.
func (e *Error) Unwrap() error { return e.cause }

// TokenError is for a caller that has no token to send.
func TokenError(cause error) *Error {
	return &Error{Reason: ReasonToken, text: cause.Error(), cause: cause}
}

// Pause is how long to send no requests after a 429: its Retry-After in seconds or
// as a date, 1 hour at most, and 5 minutes if that is unusable.
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

// statusError is for a response other than 200.
func statusError(app App, resp *http.Response, body []byte) *Error {
	parsed := parseErrorBody(body)
	e := &Error{Status: resp.StatusCode, RetryAfter: resp.Header.Get("Retry-After")}
	isJSON := json.Valid(body)
	has := func(code int64) bool { return slices.Contains(parsed.codes, code) }
	switch s := resp.StatusCode; {
	case (s == http.StatusUnauthorized || s == http.StatusForbidden) && !isJSON:
		e.Reason, e.text = ReasonIntercepted, "the response is not from the API: a challenge, a firewall or a proxy intercepted the request, which says nothing about the token: check the network path and api.base_url"
	case (s == http.StatusBadRequest || s == http.StatusUnauthorized || s == http.StatusForbidden) && has(9109) && strings.Contains(parsed.words, "location"):
		e.Reason, e.text = ReasonAuth, "token rejected for account "+app.AccountID+": it is restricted to other client IP addresses: allow the address of this exporter"
		parsed.words = "" // they contain the address
	case s == http.StatusUnauthorized, has(9109) && s == http.StatusForbidden, s == http.StatusBadRequest && (has(6003) || has(9106) || has(9109)):
		e.Reason, e.text = ReasonAuth, "token rejected for account "+app.AccountID+": it is mistyped, expired or revoked"
	case s == http.StatusForbidden:
		e.Reason, e.text = ReasonAuth, "token rejected for account "+app.AccountID+": it needs the permission Realtime or Realtime Admin"
	case s == http.StatusNotFound, s == http.StatusBadRequest && has(7003):
		e.Reason, e.text = ReasonNotFound, app.String()+" not found: check account_id"
		if app.ID != "" {
			e.text = app.String() + " not found in account " + app.AccountID + ": check app_id and account_id"
		}
	case s == http.StatusProxyAuthRequired:
		e.Reason, e.text = ReasonClient, "the proxy refused the request: check user name and password in api.proxy_url or HTTPS_PROXY"
		parsed.words = "" // of the proxy
	case s == http.StatusTooManyRequests:
		e.Reason, e.text = ReasonRateLimited, "too many requests: the limit counts everything that uses this token, the dashboard included"
	case s >= 600:
		e.Reason, e.text = ReasonMalformed, "invalid HTTP status: check api.base_url and proxies on the network path"
	case s >= 500:
		e.Reason, e.text = ReasonServer, "the API failed: wait, and check Cloudflare's status page if it persists"
	case s >= 400:
		e.Reason, e.text = ReasonClient, "the API refused the request: check api.base_url"
		if app.Filters != "" {
			e.text = "the API refused the request: check the app's filters and api.base_url"
		}
	case s == http.StatusNotModified:
		e.Reason, e.text = ReasonMalformed, "not modified, although the request was unconditional: check caches and proxies on the network path"
	case s >= 300:
		e.Reason, e.text = ReasonRedirect, "redirects are not followed, because they would send the token elsewhere: check api.base_url"
	default:
		e.Reason, e.text = ReasonMalformed, "the response has no analytics: check api.base_url and proxies on the network path"
	}
	e.text += fmt.Sprintf(" (HTTP %d%s)", e.Status, app.quote(parsed.words))
	return e
}

// apiError is for a 200 that reports a failure itself.
func apiError(app App, body []byte) *Error {
	return &Error{
		Reason: ReasonAPIError, Status: http.StatusOK,
		text: "the API reported success: false (HTTP 200" + app.quote(parseErrorBody(body).words) + ")",
	}
}

// malformed is for a 200 that is not the documented response.
func (app App) malformed(cause error) *Error {
	return &Error{
		Reason: ReasonMalformed, Status: http.StatusOK, cause: cause,
		text: "malformed response for " + app.String() + ", not used: " + cause.Error(),
	}
}
