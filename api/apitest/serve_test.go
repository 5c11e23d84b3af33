package apitest_test

import (
	"fmt"
	"net/http"
	"regexp"
	"testing"
)

func TestServer_InvalidRequests(t *testing.T) {
	a := newAPI(at(noon()))
	a.AddToken("stranger", "another-account")
	good := address(account, app, "")
	with := func(name string, values ...string) func(*http.Request) {
		return func(r *http.Request) { r.Header[name] = values }
	}
	cloudflare := func(code int) string {
		return fmt.Sprintf(`^{"success":false,"errors":\[{"code":%d,"message":".+"}\],"messages":\[\],"result":null}$`, code)
	}
	kit := func(code int) string {
		return fmt.Sprintf(`^{"success":false,"error":{"code":%d,"message":".+"}}$`, code)
	}
	for name, tt := range map[string]struct {
		url    string
		edit   func(*http.Request)
		status int
		body   string
	}{
		"another method":              {good, func(r *http.Request) { r.Method = "POST" }, 405, cloudflare(10405)},
		"another path":                {"https://api.example/client/v4/zones", nil, 404, cloudflare(7003)},
		"a path that climbs":          {address(account, "../../../zones", ""), nil, 404, cloudflare(7003)},
		"a path without an app":       {address(account, "", ""), nil, 404, cloudflare(7003)},
		"no token":                    {good, with("Authorization"), 400, cloudflare(6003)},
		"two tokens":                  {good, with("Authorization", "Bearer "+token, "Bearer "+token), 400, cloudflare(6003)},
		"another scheme":              {good, with("Authorization", "Basic "+token), 400, cloudflare(6003)},
		"a token with a blank":        {good, with("Authorization", "Bearer a token"), 400, cloudflare(6003)},
		"an empty token":              {good, with("Authorization", "Bearer "), 400, cloudflare(6003)},
		"an unknown token":            {good, with("Authorization", "Bearer nobody"), 401, cloudflare(1000)},
		"a token of another account":  {good, with("Authorization", "Bearer stranger"), 403, cloudflare(10000)},
		"an unknown app":              {address(account, "nothing", ""), nil, 404, kit(404)},
		"a start that is no number":   {address(account, app, "start_time=yesterday"), nil, 400, kit(400)},
		"a start before 1970":         {address(account, app, "start_time=-1"), nil, 400, kit(400)},
		"an end beyond 64 bits":       {address(account, app, "end_time=9223372036854775808"), nil, 400, kit(400)},
		"an empty end":                {address(account, app, "end_time="), nil, 400, kit(400)},
		"a repeated start":            {address(account, app, "start_time=1&start_time=1"), nil, 400, kit(400)},
		"a start after the end":       {address(account, app, "start_time=2&end_time=1"), nil, 400, kit(400)},
		"a query that can't be read":  {address(account, app, "filters=%zz"), nil, 400, kit(400)},
		"an end at the end of time":   {address(account, app, "end_time=9223372036854775807&start_time=1773700000"), nil, 200, `"success":true}$`},
		"a start at the end of time":  {address(account, app, "start_time=9223372036854775807&end_time=9223372036854775807"), nil, 200, `"data":\[\]`},
		"an end at the epoch":         {address(account, app, "end_time=0"), nil, 200, `"success":true}$`},
		"filters":                     {address(account, app, "filters=anything"), nil, 200, `"success":true}$`},
		"a scheme in small letters":   {good, with("Authorization", "bearer "+token), 200, `"success":true}$`},
		"no prefix before the path":   {"https://api.example/accounts/" + account + "/realtime/kit/" + app + "/analytics/livestreams/daywise", nil, 200, `"success":true}$`},
		"something before the prefix": {"https://api.example/a/b/c/accounts/" + account + "/realtime/kit/" + app + "/analytics/livestreams/daywise", nil, 200, `"success":true}$`},
	} {
		t.Run(name, func(t *testing.T) {
			r := get(t, a, tt.url, tt.edit)
			if r.StatusCode != tt.status || !regexp.MustCompile(tt.body).MatchString(r.Body) {
				t.Errorf("got %d %s\nwant %d %s", r.StatusCode, r.Body, tt.status, tt.body)
			}
		})
	}
}

func TestServer_RemovedTokenIsInvalid(t *testing.T) {
	a := newAPI(at(noon()))
	a.RemoveToken(token)
	if r := get(t, a, address(account, app, ""), nil); r.StatusCode != 401 {
		t.Error(r.StatusCode, r.Body)
	}
}
