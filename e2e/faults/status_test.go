package faults

import (
	"fmt"
	"net/http"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness"
)

func statusFaults() map[string]fault {
	as := func(status int, contentType, body, reason, logText string) fault {
		return fault{response: apitest.Status(status, http.Header{"Content-Type": {contentType}}, body), reason: reason, text: logText}
	}
	const (
		json, html, text = "application/json", "text/html", "text/plain"

		notFound = `app {app} not found in account {account}: check app_id and account_id (HTTP %d`
		refused  = `the API refused the request: check api.base_url (HTTP %d`
		failed   = `the API failed: wait, and check Cloudflare's status page if it persists (HTTP %d`
		empty    = `the response has no analytics: check api.base_url and proxies on the network path (HTTP %d`
	)
	page := "<!DOCTYPE html><title>502 Bad Gateway</title><h1>cloudflare</h1>"
	return map[string]fault{
		"a plain 400":                  as(400, json, harness.ErrorBody(1001, "no"), "client", fmt.Sprintf(refused, 400)+`: \"no\")`),
		"a 400 with code 6003":         as(400, json, harness.ErrorBody(6003, "Invalid request headers"), "auth", `token rejected for account {account}: it is mistyped, expired or revoked (HTTP 400: \"Invalid request headers\")`),
		"a 400 with code 7003":         as(400, json, harness.ErrorBody(7003, "Could not route"), "not_found", fmt.Sprintf(notFound, 400)),
		"a 401":                        as(401, json, `{"message":"Unauthorized"}`, "auth", `token rejected for account {account}: it is mistyped, expired or revoked (HTTP 401: \"Unauthorized\")`),
		"a 403":                        as(403, json, harness.ErrorBody(10000, "Authentication error"), "auth", `token rejected for account {account}: it needs the permission Realtime or Realtime Admin (HTTP 403: \"Authentication error\")`),
		"a 403 as HTML":                as(403, html, "<!DOCTYPE html><title>Just a moment...</title>", "intercepted", `the response is not from the API: a challenge, a firewall or a proxy intercepted the request, which says nothing about the token: check the network path and api.base_url (HTTP 403)`),
		"a 401 as text":                as(401, text, "Unauthorized", "intercepted", `which says nothing about the token: check the network path and api.base_url (HTTP 401)`),
		"a 403 from another address":   as(403, json, harness.ErrorBody(9109, "Cannot use the access token from location: 203.0.113.7"), "auth", `it is restricted to other client IP addresses: allow the address of this exporter (HTTP 403)`),
		"a 304":                        as(304, json, "", "malformed", `not modified, although the request was unconditional`),
		"a 600":                        as(600, json, "", "malformed", `invalid HTTP status`),
		"a 404":                        as(404, json, `{"success":false,"error":{"code":404,"message":"app not found"}}`, "not_found", fmt.Sprintf(notFound, 404)+`: \"app not found\")`),
		"a 407":                        as(407, text, "who are you, name:password?", "client", `the proxy refused the request: check user name and password in api.proxy_url or HTTPS_PROXY (HTTP 407)`),
		"a 408":                        as(408, text, "request timeout", "client", fmt.Sprintf(refused, 408)),
		"a 409":                        as(409, json, "{}", "client", fmt.Sprintf(refused, 409)+")"),
		"a 500":                        as(500, json, harness.ErrorBody(10001, "internal"), "server", fmt.Sprintf(failed, 500)+`: \"internal\")`),
		"a 500 that claims to be good": as(500, json, envelope(row(today, 1, 2, 3)), "server", fmt.Sprintf(failed, 500)),
		"a 502 as HTML":                as(502, html, page, "server", fmt.Sprintf(failed, 502)+")"),
		"a 503":                        as(503, json, "", "server", fmt.Sprintf(failed, 503)),
		"a 524 as text":                as(524, text, "error code: 524", "server", fmt.Sprintf(failed, 524)+`)`),
		"a 204":                        as(204, json, "", "malformed", fmt.Sprintf(empty, 204)),
		"a 206 with a good body":       as(206, json, envelope(row(today, 1, 2, 3)), "malformed", fmt.Sprintf(empty, 206)),
	}
}

// pauseFaults are 429s. The last of them ends by itself; all others last
// longer than the test.
func pauseFaults() map[string]fault {
	limited := func(retryAfter func() []string, pause time.Duration) fault {
		return fault{
			response: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				h := http.Header{"Retry-After": retryAfter()}
				apitest.Status(429, h, harness.ErrorBody(971, "Please wait")).ServeHTTP(w, r)
			}),
			reason: "rate_limited", pause: pause,
			text: `too many requests: the limit counts everything that uses this token, the dashboard included (HTTP 429)`,
		}
	}
	retryAfter := func(v ...string) func() []string { return func() []string { return v } }
	in := func(d time.Duration) func() []string {
		return func() []string { return []string{time.Now().Add(d).UTC().Format(http.TimeFormat)} }
	}
	const otherwise = 5 * time.Minute
	return map[string]fault{
		"a 429 with Retry-After in seconds":         limited(retryAfter("90"), 90*time.Second),
		"a 429 with Retry-After as a date":          limited(in(2*time.Minute), 2*time.Minute),
		"a 429 with Retry-After of a day":           limited(retryAfter("86400"), time.Hour),
		"a 429 with Retry-After beyond all numbers": limited(retryAfter("99999999999999999999999"), time.Hour),
		"a 429 with Retry-After next year":          limited(in(365*24*time.Hour), time.Hour),
		"a 429 with Retry-After of zero":            limited(retryAfter("0"), otherwise),
		"a 429 with negative Retry-After":           limited(retryAfter("-30"), otherwise),
		"a 429 with Retry-After in the past":        limited(in(-time.Hour), otherwise),
		"a 429 with Retry-After that is garbage":    limited(retryAfter("soon"), otherwise),
		"a 429 with Retry-After that is empty":      limited(retryAfter(""), otherwise),
		"a 429 without Retry-After":                 limited(retryAfter(), otherwise),
		"a 429 with a short Retry-After":            limited(retryAfter("1"), 0),
	}
}
