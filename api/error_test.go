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

func TestEveryFailureHasItsReasonAndSaysWhatToDo(t *testing.T) {
	const (
		permission = "token rejected for account " + account + ": it needs the permission Realtime or Realtime Admin"
		notFound   = "app " + appID + " not found in account " + account + ": check app_id and account_id"
		row        = `{"date":"2024-02-28","count":1}`
	)
	status := func(code int, body string) http.Handler { return apitest.Status(code, nil, body) }
	for name, c := range map[string]struct {
		answer http.Handler
		reason api.Reason
		text   string // in the error
	}{
		"400 plain":                    {status(400, "nope"), api.ReasonClient, `the API refused the request: check the app's filters and api.base_url (HTTP 400: "nope")`},
		"400 code 6003":                {status(400, envelope(cloudflare, "6003", "Invalid request headers")), api.ReasonAuth, "token rejected for account " + account + `: it is not the form of a token: give the token and nothing else (HTTP 400: "Invalid request headers")`},
		"400 code 7003":                {status(400, envelope(cloudflare, "7003", "Could not route")), api.ReasonNotFound, notFound + ` (HTTP 400: "Could not route")`},
		"401":                          {status(401, envelope(cloudflare, "1000", "Invalid API Token")), api.ReasonAuth, "token rejected for account " + account + `: the API does not know it: is it mistyped, expired or revoked? (HTTP 401: "Invalid API Token")`},
		"401 without envelope":         {status(401, envelope(unwrapped, "", "Unauthorized")), api.ReasonAuth, `(HTTP 401: "Unauthorized")`},
		"403":                          {status(403, envelope(cloudflare, "10000", "Authentication error")), api.ReasonAuth, permission},
		"404":                          {status(404, envelope(realtimeKit, "", "App not found")), api.ReasonNotFound, notFound + ` (HTTP 404: "App not found")`},
		"404 as HTML":                  {status(404, "<html>not here</html>"), api.ReasonNotFound, notFound + " (HTTP 404)"},
		"407":                          {status(407, "no such user: me with my-password"), api.ReasonClient, "the proxy refused: check api.proxy_url or HTTPS_PROXY (HTTP 407)"},
		"408":                          {status(408, ""), api.ReasonClient, "(HTTP 408)"},
		"409":                          {status(409, ""), api.ReasonClient, "(HTTP 409)"},
		"429":                          {status(429, envelope(cloudflare, "971", "Rate limited")), api.ReasonRateLimited, `the limit counts all that uses this token, the dashboard included (HTTP 429)`},
		"500":                          {status(500, envelope(cloudflare, "1", "Oops")), api.ReasonServer, `the API failed: nothing to do but wait, unless it lasts (HTTP 500: "Oops")`},
		"502 as HTML":                  {status(502, "<html>bad gateway</html>"), api.ReasonServer, "(HTTP 502)"},
		"524 as text":                  {status(524, "error code: 524"), api.ReasonServer, `(HTTP 524: "error code: 524")`},
		"204":                          {status(204, ""), api.ReasonMalformed, "answer without analytics: check api.base_url and proxies on the way (HTTP 204)"},
		"206":                          {status(206, `{"data":[],"success":true}`), api.ReasonMalformed, "(HTTP 206)"},
		"302":                          {apitest.Redirect(302, "/elsewhere"), api.ReasonRedirect, "the API redirects, which is not followed, as the token would go along: check api.base_url (HTTP 302)"},
		"304":                          {status(304, ""), api.ReasonRedirect, "(HTTP 304)"},
		"reset before the answer":      {apitest.Reset(), api.ReasonNetwork, "no connection to the API, or it broke: "},
		"reset within the body":        {apitest.ResetMidBody(`{"data":[],"success":true}`), api.ReasonNetwork, "no connection to the API, or it broke: "},
		"200 with HTML":                {status(200, "<html></html>"), api.ReasonMalformed, "not understood, so nothing of it is used: found HTML or XML, not an object"},
		"an empty body":                {apitest.Body(""), api.ReasonMalformed, "found nothing, not an object"},
		"null":                         {apitest.Body("null"), api.ReasonMalformed, "found null, not an object"},
		"{}":                           {apitest.Body("{}"), api.ReasonMalformed, "success is missing"},
		"[]":                           {apitest.Body("[]"), api.ReasonMalformed, "found an array, not an object"},
		"truncated":                    {apitest.Body(`{"data":[` + row), api.ReasonMalformed, "not JSON, or cut short"},
		"trailing garbage":             {apitest.Body(`{"data":[],"success":true}{}`), api.ReasonMalformed, "not JSON, or cut short"},
		"success false":                {apitest.Body(envelope(cloudflare, "1", "Sorry")), api.ReasonAPIError, `the API answered success: false, without an error's status (HTTP 200: "Sorry")`},
		"success false of RealtimeKit": {apitest.Body(envelope(realtimeKit, "", "Sorry")), api.ReasonAPIError, `"Sorry"`},
		"success missing":              {apitest.Body(`{"data":[]}`), api.ReasonMalformed, "success is missing"},
		"Success in another case":      {apitest.Body(`{"data":[],"Success":true}`), api.ReasonMalformed, "success is missing"},
		"success as a string":          {apitest.Body(`{"data":[],"success":"true"}`), api.ReasonMalformed, "success is a string, not a boolean"},
		"success twice":                {apitest.Body(`{"data":[],"success":false,"success":true}`), api.ReasonMalformed, "a key stands twice"},
		"data missing":                 {apitest.Body(`{"success":true}`), api.ReasonMalformed, "data: found nothing, not an array"},
		"data null":                    {apitest.Body(`{"data":null,"success":true}`), api.ReasonMalformed, "data: found null, not an array"},
		"data an object":               {apitest.Body(`{"data":{},"success":true}`), api.ReasonMalformed, "data: found an object, not an array"},
		"data a string":                {apitest.Body(`{"data":"","success":true}`), api.ReasonMalformed, "data: found a string, not an array"},
		"a row that is null":           {answer(row, `null`), api.ReasonMalformed, "data[1]: found null, not an object"},
		"a row that is a number":       {answer(`1`), api.ReasonMalformed, "data[0]: found a number, not an object"},
		"a row that is a string":       {answer(`"x"`), api.ReasonMalformed, "data[0]: found a string, not an object"},
		"date null":                    {answer(`{"date":null}`), api.ReasonMalformed, "data[0]: date: found null, not a string"},
		"date missing":                 {answer(`{"count":1}`), api.ReasonMalformed, "date: found nothing, not a string"},
		"a date that isn't":            {answer(`{"date":"2023-02-30"}`), api.ReasonMalformed, "date: found neither YYYY-MM-DD nor a date-time at 00:00 UTC"},
		"00:00 elsewhere":              {answer(`{"date":"2024-02-28T00:00:00+02:00"}`), api.ReasonMalformed, "date: found neither"},
		"a bad date out of the window": {answer(`{"date":"1999-99-99"}`), api.ReasonMalformed, "date: found neither"},
		"a fraction":                   {answer(`{"date":"2024-02-28","count":1.0}`), api.ReasonMalformed, "count: found a number that is not a whole number of digits"},
		"an exponent":                  {answer(`{"date":"2024-02-28","count":1e2}`), api.ReasonMalformed, "count: found a number"},
		"a negative":                   {answer(`{"date":"2024-02-28","total_ingest_seconds":-1}`), api.ReasonMalformed, "total_ingest_seconds: found a number"},
		"above 2^63-1":                 {answer(`{"date":"2024-02-28","total_viewer_seconds":9223372036854775808}`), api.ReasonMalformed, "total_viewer_seconds: the number is greater than 2^63-1"},
		"1e300":                        {answer(`{"date":"2024-02-28","count":1e300}`), api.ReasonMalformed, "count: found a number"},
		"NaN":                          {answer(`{"date":"2024-02-28","count":"NaN"}`), api.ReasonMalformed, "count: found a string"},
		"an empty number":              {answer(`{"date":"2024-02-28","count":""}`), api.ReasonMalformed, "count: found a string"},
		"a number that is null":        {answer(`{"date":"2024-02-28","count":null}`), api.ReasonMalformed, "count: found null"},
		"a number that is true":        {answer(`{"date":"2024-02-28","count":true}`), api.ReasonMalformed, "count: found a boolean"},
		"a date twice, different":      {answer(row, `{"date":"2024-02-28","count":2}`), api.ReasonMalformed, "data[1]: 2024-02-28 stands twice, with different numbers"},
		"invalid UTF-8":                {apitest.Body("{\"data\":[],\"success\":true,\"x\":\"\xff\"}"), api.ReasonMalformed, "not UTF-8"},
		"deep nesting":                 {apitest.Body(`{"x":` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + `,"success":true}`), api.ReasonMalformed, "not JSON"},
		"a body without end":           {apitest.Endless(64 << 20), api.ReasonMalformed, "the body is larger than 1048576 bytes"},
		"gzip that is none":            {apitest.Status(200, http.Header{"Content-Encoding": {"gzip"}}, `{"data":[],"success":true}`), api.ReasonMalformed, "unpacking the body: gzip: invalid header"},
		"a gzip bomb":                  {apitest.GzipBomb(64 << 20), api.ReasonMalformed, "the body is larger than 1048576 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ask(t, c.answer, theApp())
			if err == nil || reasonOf(err) != c.reason {
				t.Fatalf("got reason %q (%v), %v; want %q", reasonOf(err), err, got, c.reason)
			}
			if !strings.Contains(err.Error(), c.text) {
				t.Errorf("got %q\nwant in it %q", err, c.text)
			}
			if !slices.Contains(api.Reasons(), c.reason) {
				t.Errorf("Reasons lacks %q", c.reason)
			}
		})
	}
}

func TestAServerThatDoesNotFinishIsATimeout(t *testing.T) {
	for name, h := range map[string]http.Handler{
		"says nothing":          apitest.Hang(),
		"says only headers":     apitest.HeadersThenHang(),
		"says a byte at a time": apitest.Drip(`{"data":[],"success":true}`, time.Second),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sim := newAPI()
				sim.Override(appID, h)
				ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
				defer cancel()
				_, err := api.New("https://api.example/client/v4", sim.Client().Transport).LivestreamDays(ctx, theApp(), api.LastDays(5, now()))
				if reasonOf(err) != api.ReasonTimeout || !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("got %v, want a timeout", err)
				}
			})
		})
	}
}

func TestNoConnectionIsANetworkFailure(t *testing.T) {
	server := httptest.NewTLSServer(newAPI())
	url := server.URL
	_, err := api.New(url, &http.Transport{}).LivestreamDays(t.Context(), theApp(), api.LastDays(5, now()))
	if reasonOf(err) != api.ReasonNetwork || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("a certificate of nobody known: got %v", err)
	}
	server.Close()
	_, err = api.New(url, &http.Transport{}).LivestreamDays(t.Context(), theApp(), api.LastDays(5, now()))
	if reasonOf(err) != api.ReasonNetwork || !strings.Contains(err.Error(), "refused") || strings.Contains(err.Error(), "end_time") {
		t.Errorf("nobody there: got %v, want that it was refused, without the URL", err)
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	var reached bool
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
	defer other.Close()
	for _, code := range []int{301, 302, 303, 307, 308} {
		for _, to := range []string{other.URL, "/client/v4/elsewhere", "http://[::1"} {
			if _, err := ask(t, apitest.Redirect(code, to), theApp()); reasonOf(err) != api.ReasonRedirect {
				t.Errorf("%d to %s: got %v, want that it is not followed", code, to, err)
			}
		}
	}
	if reached {
		t.Error("the other server was asked")
	}
}

func TestErrorsAreShortAndHoldNoSecret(t *testing.T) {
	const key = "live_4f1c9a7be2d84c0f9a61"
	for _, words := range []string{
		"token " + token + " is bad",
		"Bearer " + token,
		"not allowed from 203.0.113.7, 2001:db8::7 and [2001:db8::7]:443",
		`{\"stream_key\":\"` + key[:12] + `\"}`,
		"stream key " + key + " is in use",
		strings.Repeat("a long story ", 100) + token,
		strings.Repeat("ä", 190) + token,
		"line\u0000one\nline two\r\u202ethree",
	} {
		for _, body := range []string{words, strings.ReplaceAll(strings.ReplaceAll(envelope(cloudflare, "9109", words), "\u0000", ""), "\n", " ")} {
			_, err := ask(t, apitest.Status(403, http.Header{"Content-Type": {"text/plain"}}, body), theApp())
			if reasonOf(err) != api.ReasonAuth {
				t.Fatalf("got %v", err)
			}
			for _, secret := range []string{token, "203.0.113.7", "2001:db8", key, key[:12], "\n", "\u202e"} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("%q is in %q", secret, err)
				}
			}
			if n := len([]rune(err.Error())); n > 350 {
				t.Errorf("%d characters: %q", n, err)
			}
		}
	}
}

func TestAPauseIsWhatRetryAfterSaysWithinBounds(t *testing.T) {
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
		_, err := ask(t, apitest.Status(429, http.Header{"Retry-After": {header}}, ""), theApp())
		e := (*api.Error)(nil)
		if !errors.As(err, &e) || e.Reason != api.ReasonRateLimited {
			t.Fatalf("got %v", err)
		}
		if got := e.Pause(now()); got != want {
			t.Errorf("Retry-After: %s: got %v, want %v", header, got, want)
		}
	}
}
