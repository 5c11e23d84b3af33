package config

import (
	"flag"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "update the golden files") //nolint:gochecknoglobals // go test parses its flags before the tests run

// The canary is in the test files wherever a secret may be.
const canary = "c4nary"

func TestParse_ErrorMessages(t *testing.T) {
	t.Parallel()
	for _, file := range corpus(t, "bad") {
		name := strings.TrimSuffix(filepath.Base(file), ".yml")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, err := parse(contents(t, file), "")
			if err == nil {
				t.Fatalf("valid: %+v", c.Accounts)
			}
			golden := strings.TrimSuffix(file, ".yml") + ".err"
			got := err.Error() + "\n"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if want := string(contents(t, golden)); got != want {
				t.Errorf("got:\n%s\nwant:\n%s", got, want)
			}
			if strings.Contains(got, canary) {
				t.Errorf("the secret is printed:\n%s", got)
			}
		})
	}
}

func TestParse_ErrorMessagesHaveAFile(t *testing.T) {
	t.Parallel()
	goldens, err := filepath.Glob("testdata/bad/*.err")
	if err != nil {
		t.Fatal(err)
	}
	for _, golden := range goldens {
		if _, err := os.Stat(strings.TrimSuffix(golden, ".err") + ".yml"); err != nil {
			t.Error(err)
		}
	}
}

func TestParse_ValidFiles(t *testing.T) {
	t.Parallel()
	for _, file := range corpus(t, "good") {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			c, err := parse(contents(t, file), "")
			if err != nil {
				t.Fatal(err)
			}
			checkBounds(t, c)
		})
	}
}

func TestParse_Defaults(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"minimal", "commented_out"} {
		c, err := parse(contents(t, "testdata/good/"+name+".yml"), "")
		if err != nil {
			t.Fatal(err)
		}
		if a := c.Accounts[0].Apps[0]; a.Name != a.ID {
			t.Errorf("%s: the name is %q, want the app_id", name, a.Name)
		}
		c.Accounts = nil
		if want := Default(); !reflect.DeepEqual(*c, want) {
			t.Errorf("%s: got %+v, want %+v", name, *c, want)
		}
	}
}

func TestParse_EveryKey(t *testing.T) {
	t.Parallel()
	c, err := Parse("/etc/rtk/config.yml", contents(t, "testdata/good/everything.yml"), environment(""), nil)
	if err != nil {
		t.Fatal(err)
	}
	var want Config
	want.WindowDays = 366
	want.Reports = []string{"live", "meetings"}
	want.Cache.TTL = time.Second
	want.Cache.Directory = "/etc/rtk/data/cache"
	want.Cache.LiveTTL = 24 * time.Hour
	want.API.BaseURL = "http://[::1]:8080/client/v4"
	want.API.Timeout = 90 * time.Second
	want.API.MaxInFlight = 1000
	want.API.RateLimit.Requests = 3
	want.API.RateLimit.Per = time.Second
	want.API.ProxyURL = &url.URL{Scheme: "socks5", User: url.UserPassword("user", "password"), Host: "proxy.example:1080"}
	want.API.TLS.CAFile = "/etc/rtk/ca.pem"
	want.API.TLS.CertFile = "/etc/tls/cert.pem"
	want.API.TLS.KeyFile = "/etc/rtk/tls/key.pem"
	want.API.TLS.ServerName = "api.example"
	want.API.TLS.InsecureSkipVerify = true
	want.API.TLS.MinVersion = 0x0303
	want.API.TLS.MaxVersion = 0x0304
	want.Accounts = []Account{
		{ID: "A-1_", Token: (*TokenFiles)(nil).token("/etc/rtk/secrets/token"), Apps: []App{
			{ID: "one", Name: "Hauptbühne 1 ▶"},
			{ID: "one", Name: "evening", Filters: `room = "b" & x`},
			{ID: "two", Name: "two"},
		}},
		{ID: "B-2", Token: NewToken("another", "api_token in the configuration"), Apps: []App{
			{ID: "one", Name: "of another account"},
		}},
	}
	if !reflect.DeepEqual(*c, want) {
		t.Errorf("got  %+v\nwant %+v", *c, want)
	}
}

func TestParse_TokenFromTheEnvironment(t *testing.T) {
	t.Parallel()
	data := contents(t, "testdata/bad/no_token.yml")
	c, err := parse(data, "t0ken")
	if err != nil {
		t.Fatal(err)
	}
	got, err := c.Accounts[0].Token.Read(t.Context())
	if err != nil || string(got) != "t0ken" || c.Accounts[0].Token.origin != "$CLOUDFLARE_API_TOKEN" {
		t.Errorf("got another token, from %s (%v)", c.Accounts[0].Token.origin, err)
	}
	for _, env := range []string{"t0ken\n", " t0ken\r\n", byteOrderMark + "t0ken"} {
		c, err := parse(data, env)
		if err != nil {
			t.Errorf("%q: %v", env, err)
			continue
		}
		if got, err := c.Accounts[0].Token.Read(t.Context()); err != nil || string(got) != "t0ken" {
			t.Errorf("%q: got %q, %v", env, string(got), err)
		}
	}
	for _, env := range []string{canary + "\n" + canary, canary + "ü", canary + "\x00", "Bearer " + canary, "'" + canary + "'", " "} {
		_, err := parse(data, env)
		if err == nil || strings.Contains(err.Error(), canary) || !strings.Contains(err.Error(), "config.yml:2: accounts[0]: has no token of its own") {
			t.Errorf("%q: %v", env, err)
		}
	}
	// A variable that no account uses is not checked.
	if _, err := parse(contents(t, "testdata/good/minimal.yml"), "\x00"); err != nil {
		t.Error(err)
	}
}

// parse parses a file in an environment with this token.
func parse(data []byte, token string) (*Config, error) {
	return Parse("config.yml", data, environment(token), nil)
}

// environment is one with this token and no other variable.
func environment(token string) func(string) string {
	return func(name string) string {
		if name == TokenVariable {
			return token
		}
		return ""
	}
}

// checkBounds checks the bounds of a valid configuration.
func checkBounds(tb testing.TB, c *Config) {
	tb.Helper()
	seconds := func(d time.Duration) float64 { return d.Seconds() }
	for what, ok := range map[string]bool{
		"window_days": c.WindowDays >= 1 && c.WindowDays <= 366,
		"ttl":         seconds(c.Cache.TTL) >= 1,
		"max_stale":   c.Cache.MaxStale == 0 || c.Cache.MaxStale >= c.Cache.TTL,
		"timeout":     c.API.Timeout > 0,
		"in flight":   c.API.MaxInFlight >= 1,
		"requests":    c.API.RateLimit.Requests >= 3,
		"per":         seconds(c.API.RateLimit.Per) >= 1,
		"base_url":    strings.HasPrefix(c.API.BaseURL, "http") && !strings.HasSuffix(c.API.BaseURL, "/"),
		"accounts":    len(c.Accounts) > 0,
	} {
		if !ok {
			tb.Errorf("%s is out of bounds: %+v", what, c)
		}
	}
	accounts, names := map[string]bool{}, map[string]bool{}
	for _, a := range c.Accounts {
		if !isIdentifier(a.ID) || accounts[a.ID] || a.Token == nil || len(a.Apps) == 0 && a.Discover == nil {
			tb.Errorf("account %q is out of bounds", a.ID)
		}
		accounts[a.ID] = true
		for _, v := range a.Apps {
			if !isIdentifier(v.ID) || v.Name == "" || names[v.Name] {
				tb.Errorf("app %q, name %q is out of bounds", v.ID, v.Name)
			}
			names[v.Name] = true
		}
	}
}

func corpus(tb testing.TB, kind string) []string {
	tb.Helper()
	files, err := filepath.Glob("testdata/" + kind + "/*.yml")
	if err != nil || len(files) == 0 {
		tb.Fatalf("no files (%v)", err)
	}
	return files
}

func contents(tb testing.TB, file string) []byte {
	tb.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		tb.Fatal(err)
	}
	return data
}
