package apitest_test

import (
	"net/http"
	"regexp"
	"testing"
	"time"
)

func TestLimit_RefusesEveryRequestForASpan(t *testing.T) {
	now := noon()
	a := newAPI(func() time.Time { return now })
	a.AddToken("another", account)
	a.Limit(2, time.Minute)
	steps := []struct {
		after  time.Duration
		token  string
		status int
		retry  string
	}{
		{0, token, 200, ""},
		{30 * time.Second, token, 200, ""},
		{0, token, 429, "60"},
		{0, "another", 200, ""},
		{45*time.Second + time.Millisecond, token, 429, "15"},
		{15 * time.Second, token, 200, ""},
		{0, token, 200, ""},
		{time.Minute, token, 200, ""},
	}
	for i, s := range steps {
		now = now.Add(s.after)
		r := get(t, a, address(account, app, ""), func(req *http.Request) { req.Header.Set("Authorization", "Bearer "+s.token) })
		if r.StatusCode != s.status || r.Header.Get("Retry-After") != s.retry {
			t.Errorf("step %d: %d, Retry-After %q: %s", i, r.StatusCode, r.Header.Get("Retry-After"), r.Body)
		}
		if refused := regexp.MustCompile(`"code":971,`).MatchString(r.Body); refused != (s.status == 429) {
			t.Errorf("step %d: %s", i, r.Body)
		}
	}
}
