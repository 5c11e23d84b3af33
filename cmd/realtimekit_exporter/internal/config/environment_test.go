package config

import (
	"strings"
	"testing"
	"time"
)

// variables is an environment with these variables and no others.
func variables(pairs ...string) func(string) string {
	return func(name string) string {
		for _, pair := range pairs {
			if value, ok := strings.CutPrefix(pair, name+"="); ok {
				return value
			}
		}
		return ""
	}
}

func TestFromEnvironment(t *testing.T) {
	t.Parallel()
	c, err := FromEnvironment(variables("CLOUDFLARE_ACCOUNT_ID= studio\n", "CLOUDFLARE_API_TOKEN=the-token\n", "REALTIMEKIT_CACHE_DIRECTORY=/var/lib/cache"))
	if err != nil {
		t.Fatal(err)
	}
	checkBounds(t, c)
	a := c.Accounts[0]
	token, err := a.Token.Read(t.Context())
	if err != nil || string(token) != "the-token" || a.ID != "studio" || len(a.Apps) != 0 {
		t.Errorf("got account %s, apps %v, %v", a.ID, a.Apps, err)
	}
	if c.Cache.Directory != "/var/lib/cache" {
		t.Errorf("got directory %q", c.Cache.Directory)
	}
	d := a.Discover
	if len(d.Include) != 1 || !d.Include[0].MatchString("any\nname") || len(d.Exclude) != 0 || d.Interval != 15*time.Minute {
		t.Errorf("got %+v, want every app", d)
	}
}

func TestFromEnvironment_Problems(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		env  []string
		want string
	}{
		"no account":  {[]string{"CLOUDFLARE_API_TOKEN=t"}, "the value of $CLOUDFLARE_ACCOUNT_ID (hidden) is not an identifier"},
		"a path":      {[]string{"CLOUDFLARE_ACCOUNT_ID=" + canary + "/x", "CLOUDFLARE_API_TOKEN=t"}, "the value of $CLOUDFLARE_ACCOUNT_ID (hidden) is not an identifier"},
		"no token":    {[]string{"CLOUDFLARE_ACCOUNT_ID=a"}, "the value of $CLOUDFLARE_API_TOKEN (hidden) is empty"},
		"quotes":      {[]string{"CLOUDFLARE_ACCOUNT_ID=a", "CLOUDFLARE_API_TOKEN='" + canary + "'"}, "the value of $CLOUDFLARE_API_TOKEN (hidden) has quotes around it"},
		"a bad proxy": {[]string{"CLOUDFLARE_ACCOUNT_ID=a", "CLOUDFLARE_API_TOKEN=t", "HTTPS_PROXY=http://[" + canary}, "HTTPS_PROXY"},
	} {
		_, err := FromEnvironment(variables(c.env...))
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), canary) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %v, want %s", name, err, c.want)
		}
	}
}

func TestDiscover_Patterns(t *testing.T) {
	t.Parallel()
	c, err := parse(contents(t, "testdata/good/discover.yml"), "")
	if err != nil {
		t.Fatal(err)
	}
	matches := func(d *Discover, name string) (included, excluded bool) {
		for _, p := range d.Include {
			included = included || p.MatchString(name)
		}
		for _, p := range d.Exclude {
			excluded = excluded || p.MatchString(name)
		}
		return included, excluded
	}
	for i, want := range []map[string][2]bool{
		{"anything": {true, false}, "": {true, false}},
		{"MAIN stage": {true, false}, "stage": {true, false}, "stages": {false, false}, "main-old": {true, true}, "main-older": {true, false}},
		{"anything": {true, false}},
	} {
		for name, want := range want {
			if included, excluded := matches(c.Accounts[i].Discover, name); included != want[0] || excluded != want[1] {
				t.Errorf("account %d: %q: included %t, excluded %t, want %v", i, name, included, excluded, want)
			}
		}
	}
	if got, want := c.Summary(), "3 accounts, 1 app and discovered ones, 35 days"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if c.Accounts[0].Discover.Interval != 15*time.Minute || c.Accounts[1].Discover.Interval != time.Minute {
		t.Error("got another interval")
	}
}
