package api_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
)

// The error envelopes that Cloudflare and RealtimeKit write.
const (
	cloudflare  = `{"success":false,"errors":[{"code":CODE,"message":"MESSAGE"}],"messages":[],"result":null}`
	realtimeKit = `{"success":false,"error":{"code":404,"message":"MESSAGE"}}`
	unwrapped   = `{"message":"MESSAGE"}`
)

func envelope(form, code, message string) string {
	return strings.NewReplacer("CODE", code, "MESSAGE", message).Replace(form)
}

func TestError_ReasonAndText(t *testing.T) {
	const (
		rejected    = "token rejected for account " + account + ": "
		invalid     = rejected + "it is mistyped, expired or revoked"
		permission  = rejected + "it needs the permission Realtime or Realtime Admin"
		location    = rejected + "it is restricted to other client IP addresses: allow the address of this exporter"
		intercepted = "the response is not from the API: a challenge, a firewall or a proxy intercepted the request, which says nothing about the token: check the network path and api.base_url"
		notFound    = "app " + appID + " not found in account " + account + ": check app_id and account_id"
		client      = "the API refused the request: check the app's filters and api.base_url"
		limited     = "too many requests: the limit counts everything that uses this token, the dashboard included"
		server      = "the API failed: wait, and check Cloudflare's status page if it persists"
		redirect    = "redirects are not followed, because they would send the token elsewhere: check api.base_url"
		unexpected  = "the response has no analytics: check api.base_url and proxies on the network path"
		misread     = "malformed response for app " + appID + ", not used: "
		row         = `{"date":"2024-02-28","count":1}`
	)
	status := func(code int, body string) http.Handler { return apitest.Status(code, nil, body) }
	refused := func(code int, problem, message string) http.Handler {
		return status(code, envelope(cloudflare, problem, message))
	}
	for name, c := range map[string]struct {
		response http.Handler
		reason   api.Reason
		text     string // at the end of the error
	}{
		"400 plain":                     {status(400, "nope"), api.ReasonClient, client + " (HTTP 400)"},
		"400 code 6003":                 {refused(400, "6003", "Invalid request headers"), api.ReasonAuth, invalid + ` (HTTP 400: "Invalid request headers")`},
		"400 code 9106":                 {refused(400, "9106", "Missing X-Auth-Key"), api.ReasonAuth, invalid + ` (HTTP 400: "Missing X-Auth-Key")`},
		"400 code 9109":                 {refused(400, "9109", "Invalid access token"), api.ReasonAuth, invalid + ` (HTTP 400: "Invalid access token")`},
		"400 code 7003":                 {refused(400, "7003", "Could not route"), api.ReasonNotFound, notFound + ` (HTTP 400: "Could not route")`},
		"401 code 1000":                 {refused(401, "1000", "Invalid API Token"), api.ReasonAuth, invalid + ` (HTTP 401: "Invalid API Token")`},
		"401 code 9109":                 {refused(401, "9109", "Invalid access token"), api.ReasonAuth, invalid + ` (HTTP 401: "Invalid access token")`},
		"401 without a code":            {status(401, envelope(unwrapped, "", "Unauthorized")), api.ReasonAuth, invalid + ` (HTTP 401: "Unauthorized")`},
		"401 as HTML":                   {status(401, "<html>Sign in</html>"), api.ReasonIntercepted, intercepted + " (HTTP 401)"},
		"401 as text":                   {status(401, "Unauthorized"), api.ReasonIntercepted, intercepted + " (HTTP 401)"},
		"401 without a body":            {status(401, ""), api.ReasonIntercepted, intercepted + " (HTTP 401)"},
		"403 code 10000":                {refused(403, "10000", "Authentication error"), api.ReasonAuth, permission + ` (HTTP 403: "Authentication error")`},
		"403 code 9109":                 {refused(403, "9109", "Invalid access token"), api.ReasonAuth, invalid + ` (HTTP 403: "Invalid access token")`},
		"403 code 9109, a location":     {refused(403, "9109", "Cannot use the access token from location: 203.0.113.7"), api.ReasonAuth, location + " (HTTP 403)"},
		"403 code 9109, an IPv6 one":    {refused(403, "9109", "Cannot use the access token from location: 2001:db8::7"), api.ReasonAuth, location + " (HTTP 403)"},
		"403 code as text":              {refused(403, `"9109"`, "Invalid access token"), api.ReasonAuth, invalid + ` (HTTP 403: "Invalid access token")`},
		"403 in another form":           {status(403, "[]"), api.ReasonAuth, permission + " (HTTP 403)"},
		"403 challenge":                 {apitest.Challenge(), api.ReasonIntercepted, intercepted + " (HTTP 403)"},
		"403 as text":                   {status(403, "error code: 1020"), api.ReasonIntercepted, intercepted + " (HTTP 403)"},
		"404":                           {status(404, envelope(realtimeKit, "", "App not found")), api.ReasonNotFound, notFound + ` (HTTP 404: "App not found")`},
		"404 as HTML":                   {status(404, "<html>not here</html>"), api.ReasonNotFound, notFound + " (HTTP 404)"},
		"407":                           {status(407, envelope(cloudflare, "407", "no such user: me with my-password")), api.ReasonClient, "the proxy refused the request: check user name and password in api.proxy_url or HTTPS_PROXY (HTTP 407)"},
		"408":                           {status(408, ""), api.ReasonClient, client + " (HTTP 408)"},
		"409":                           {status(409, ""), api.ReasonClient, client + " (HTTP 409)"},
		"429":                           {refused(429, "971", "Rate limited"), api.ReasonRateLimited, limited + " (HTTP 429)"},
		"429 as text":                   {status(429, "error code: 1015"), api.ReasonRateLimited, limited + " (HTTP 429)"},
		"500":                           {refused(500, "1", "Oops"), api.ReasonServer, server + ` (HTTP 500: "Oops")`},
		"502 as HTML":                   {status(502, "<html>bad gateway</html>"), api.ReasonServer, server + " (HTTP 502)"},
		"524 as text":                   {status(524, "error code: 524"), api.ReasonServer, server + " (HTTP 524)"},
		"599":                           {status(599, ""), api.ReasonServer, server + " (HTTP 599)"},
		"600":                           {status(600, ""), api.ReasonMalformed, "invalid HTTP status: check api.base_url and proxies on the network path (HTTP 600)"},
		"999":                           {status(999, ""), api.ReasonMalformed, "(HTTP 999)"},
		"204":                           {status(204, ""), api.ReasonMalformed, unexpected + " (HTTP 204)"},
		"206":                           {status(206, `{"data":[],"success":true}`), api.ReasonMalformed, unexpected + " (HTTP 206)"},
		"302":                           {apitest.Redirect(302, "/elsewhere"), api.ReasonRedirect, redirect + " (HTTP 302)"},
		"304":                           {status(304, ""), api.ReasonMalformed, "not modified, although the request was unconditional: check caches and proxies on the network path (HTTP 304)"},
		"reset before the response":     {apitest.Reset(), api.ReasonNetwork, "the connection to the API failed: the connection was closed before the response was complete (check DNS, firewall, proxy and api.tls_config)"},
		"reset within the body":         {apitest.ResetMidBody(`{"data":[],"success":true}`), api.ReasonNetwork, "before the response was complete (check DNS, firewall, proxy and api.tls_config)"},
		"200 with HTML":                 {status(200, "<html></html>"), api.ReasonMalformed, misread + "found HTML or XML, not an object"},
		"an empty body":                 {apitest.Body(""), api.ReasonMalformed, "found nothing, not an object"},
		"null":                          {apitest.Body("null"), api.ReasonMalformed, "found null, not an object"},
		"{}":                            {apitest.Body("{}"), api.ReasonMalformed, "success is missing"},
		"[]":                            {apitest.Body("[]"), api.ReasonMalformed, "found an array, not an object"},
		"truncated":                     {apitest.Body(`{"data":[` + row), api.ReasonMalformed, "not JSON, or truncated"},
		"trailing garbage":              {apitest.Body(`{"data":[],"success":true}{}`), api.ReasonMalformed, "not JSON, or truncated"},
		"success false":                 {apitest.Body(envelope(cloudflare, "1", "Sorry")), api.ReasonAPIError, `the API reported success: false (HTTP 200: "Sorry")`},
		"success false of RealtimeKit":  {apitest.Body(envelope(realtimeKit, "", "Sorry")), api.ReasonAPIError, `the API reported success: false (HTTP 200: "Sorry")`},
		"success missing, data null":    {apitest.Body(`{"data":null}`), api.ReasonMalformed, "success is missing"},
		"success missing, data object":  {apitest.Body(`{"data":{}}`), api.ReasonMalformed, "success is missing"},
		"Success in another case":       {apitest.Body(`{"Success":true}`), api.ReasonMalformed, "success is missing"},
		"success as a string":           {apitest.Body(`{"data":[],"success":"true"}`), api.ReasonMalformed, "success is a string, not a boolean"},
		"success null":                  {apitest.Body(`{"data":[],"success":null}`), api.ReasonMalformed, "success is null, not a boolean"},
		"success twice":                 {apitest.Body(`{"data":[],"success":false,"success":true}`), api.ReasonMalformed, "duplicate key"},
		"data an object":                {apitest.Body(`{"data":{},"success":true}`), api.ReasonMalformed, "data: found an object, not an array"},
		"data a string":                 {apitest.Body(`{"data":"","success":true}`), api.ReasonMalformed, "data: found a string, not an array"},
		"a row that is null":            {rows(row, `null`), api.ReasonMalformed, "data[1]: found null, not an object"},
		"a row that is a number":        {rows(`1`), api.ReasonMalformed, "data[0]: found a number, not an object"},
		"a row that is a string":        {rows(`"x"`), api.ReasonMalformed, "data[0]: found a string, not an object"},
		"a date that is a number":       {rows(`{"date":1700000000}`), api.ReasonMalformed, "data[0]: date: found a number, not a string"},
		"a date that does not exist":    {rows(`{"date":"2023-02-30"}`), api.ReasonMalformed, "data[0]: date: found neither YYYY-MM-DD nor a date-time at 00:00 UTC"},
		"an empty date":                 {rows(`{"date":""}`), api.ReasonMalformed, "date: found neither YYYY-MM-DD nor a date-time at 00:00 UTC"},
		"another hour":                  {rows(`{"date":"2024-02-28T12:00:00Z"}`), api.ReasonMalformed, "date: found neither YYYY-MM-DD nor a date-time at 00:00 UTC"},
		"00:00 in another zone":         {rows(`{"date":"2024-02-28T00:00:00+02:00"}`), api.ReasonMalformed, "date: found neither YYYY-MM-DD nor a date-time at 00:00 UTC"},
		"an hour of one digit":          {rows(`{"date":"2024-02-28T0:00:00Z"}`), api.ReasonMalformed, "date: found neither YYYY-MM-DD nor a date-time at 00:00 UTC"},
		"a fraction after a comma":      {rows(`{"date":"2024-02-28T00:00:00,0Z"}`), api.ReasonMalformed, "date: found neither YYYY-MM-DD nor a date-time at 00:00 UTC"},
		"a bad date outside the window": {rows(`{"date":"1999-99-99"}`), api.ReasonMalformed, "date: found neither YYYY-MM-DD nor a date-time at 00:00 UTC"},
		"1.5 sessions":                  {rows(`{"date":"2024-02-28","count":1.5}`), api.ReasonMalformed, "data[0]: count: found a number that is not whole"},
		"0.5 sessions":                  {rows(`{"date":"2024-02-28","count":5e-1}`), api.ReasonMalformed, "data[0]: count: found a number that is not whole"},
		"a negative":                    {rows(`{"date":"2024-02-28","total_ingest_seconds":-1}`), api.ReasonMalformed, "total_ingest_seconds: found a number that is not an unsigned number"},
		"above 2^63-1":                  {rows(`{"date":"2024-02-28","total_viewer_seconds":9223372036854775808}`), api.ReasonMalformed, "total_viewer_seconds: the number is greater than 2^63-1"},
		"1e19":                          {rows(`{"date":"2024-02-28","count":1e19}`), api.ReasonMalformed, "count: the number is greater than 2^63-1"},
		"1e300":                         {rows(`{"date":"2024-02-28","count":1e300}`), api.ReasonMalformed, "count: the number is greater than 2^63-1"},
		"1e99999999999999999999":        {rows(`{"date":"2024-02-28","total_viewer_seconds":1e99999999999999999999}`), api.ReasonMalformed, "total_viewer_seconds: the number is greater than 2^63-1"},
		"NaN":                           {rows(`{"date":"2024-02-28","count":"NaN"}`), api.ReasonMalformed, "count: found a string that is not a string of digits"},
		"a fraction as a string":        {rows(`{"date":"2024-02-28","total_ingest_seconds":"24.4"}`), api.ReasonMalformed, "total_ingest_seconds: found a string that is not a string of digits"},
		"an empty number":               {rows(`{"date":"2024-02-28","count":""}`), api.ReasonMalformed, "count: found a string that is not a string of digits"},
		"a number that is true":         {rows(`{"date":"2024-02-28","count":true}`), api.ReasonMalformed, "count: found a boolean, not a number"},
		"a date twice, different":       {rows(row, `{"date":"2024-02-28","count":2}`), api.ReasonMalformed, "data[1]: duplicate date 2024-02-28 with different numbers"},
		"invalid UTF-8":                 {apitest.Body("{\"data\":[],\"success\":true,\"x\":\"\xff\"}"), api.ReasonMalformed, "the text is not UTF-8"},
		"deep nesting":                  {apitest.Body(`{"x":` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + `,"success":true}`), api.ReasonMalformed, "the text is not JSON, or truncated"},
		"a body without end":            {apitest.Endless(64 << 20), api.ReasonMalformed, "the body is larger than 1048576 bytes"},
		"gzip that is none":             {apitest.Status(200, http.Header{"Content-Encoding": {"gzip"}}, `{"data":[],"success":true}`), api.ReasonMalformed, "unpacking the body: gzip: invalid header"},
		"a gzip bomb":                   {apitest.GzipBomb(64 << 20), api.ReasonMalformed, "the body is larger than 1048576 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			app := theApp()
			app.Filters = "a=b"
			got, err := fetch(t, c.response, app)
			if err == nil || reasonOf(err) != c.reason {
				t.Fatalf("got reason %q (%v), %v; want %q", reasonOf(err), err, got, c.reason)
			}
			if !strings.HasSuffix(err.Error(), c.text) {
				t.Errorf("got %q\nwant at its end %q", err, c.text)
			}
			if !slices.Contains(api.Reasons(), c.reason) {
				t.Errorf("Reasons lacks %q", c.reason)
			}
		})
	}
}

func TestError_HTTP2Reset(t *testing.T) {
	server := httptest.NewUnstartedServer(apitest.Reset())
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	_, err := api.New(server.URL, server.Client().Transport).LivestreamDays(t.Context(), theApp(), func() api.Window { return api.LastDays(5, now()) })
	const want = "the connection to the API failed: the HTTP/2 stream was reset with code 2 (check DNS, firewall, proxy and api.tls_config)"
	if reasonOf(err) != api.ReasonNetwork || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// The order of a map of the keys would be random.
func TestError_MalformedRowNamesTheSameKey(t *testing.T) {
	const want = "data[0]: count: found a boolean, not a number"
	for range 20 {
		if _, err := fetch(t, rows(`{"total_viewer_seconds":-1,"total_ingest_seconds":-1,"count":true,"date":"2024-02-28"}`), theApp()); !strings.HasSuffix(err.Error(), want) {
			t.Fatalf("got %v, want %s", err, want)
		}
	}
}

func TestLivestreamDays_UnfinishedResponseIsTimeout(t *testing.T) {
	for name, h := range map[string]http.Handler{
		"sends nothing":          apitest.Hang(),
		"sends only headers":     apitest.HeadersThenHang(),
		"sends a byte at a time": apitest.Drip(`{"data":[],"success":true}`, time.Second),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sim := newAPI()
				sim.Override(appID, h)
				ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
				defer cancel()
				_, err := api.New("https://api.example/client/v4", sim.Client().Transport).LivestreamDays(ctx, theApp(), func() api.Window { return api.LastDays(5, now()) })
				if reasonOf(err) != api.ReasonTimeout || !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("got %v, want a timeout", err)
				}
			})
		})
	}
}

func TestLivestreamDays_RedirectsAreNotFollowed(t *testing.T) {
	var reached bool
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
	defer other.Close()
	for _, code := range []int{301, 302, 303, 307, 308} {
		for _, to := range []string{other.URL, "/client/v4/elsewhere", "http://[::1"} {
			if _, err := fetch(t, apitest.Redirect(code, to), theApp()); reasonOf(err) != api.ReasonRedirect {
				t.Errorf("%d to %s: got %v, want that it is not followed", code, to, err)
			}
		}
	}
	if reached {
		t.Error("the other server got a request")
	}
}

func TestPause_RetryAfter(t *testing.T) {
	const otherwise = 5 * time.Minute
	for header, want := range map[string]time.Duration{
		"30":                            30 * time.Second,
		" 30 ":                          30 * time.Second,
		"3600":                          time.Hour,
		"3601":                          time.Hour,
		"99999999999":                   time.Hour,
		"99999999999999999999999":       time.Hour,
		"Fri, 01 Mar 2024 15:05:05 GMT": time.Minute,
		"Fri, 01 Mar 2124 15:05:05 GMT": time.Hour,
		"Fri, 01 Mar 2024 15:04:05 GMT": otherwise,
		"Fri, 01 Mar 2019 15:04:05 GMT": otherwise,
		"":                              otherwise,
		"0":                             otherwise,
		"-1":                            otherwise,
		"1.5":                           otherwise,
		"soon":                          otherwise,
	} {
		_, err := fetch(t, apitest.Status(429, http.Header{"Retry-After": {header}}, ""), theApp())
		e := (*api.Error)(nil)
		if !errors.As(err, &e) || e.Reason != api.ReasonRateLimited {
			t.Fatalf("got %v", err)
		}
		if got := e.Pause(now()); got != want {
			t.Errorf("Retry-After: %s: got %v, want %v", header, got, want)
		}
	}
}
