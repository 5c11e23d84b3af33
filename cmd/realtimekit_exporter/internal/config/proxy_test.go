package config

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
)

func TestProxy_Variable(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"HTTPS_PROXY", "https_proxy"} {
		for value, valid := range map[string]bool{
			"":                          true,
			"proxy.example":             true,
			"proxy.example:3128":        true,
			"http://proxy.example:3128": true,
			"https://user:" + canary + "@proxy.example":     true,
			"user:" + canary + "@proxy.example:3128":        true,
			"socks5h://proxy.example:1080":                  true,
			"http://user:" + canary + "@proxy.example:port": false,
			"user:" + canary + "@proxy.example:port":        false,
			"http://" + canary + "%zz@proxy.example":        false,
			"http://":                                       false,
			"ftp://" + canary + "@proxy.example":            false,
			canary + " proxy.example":                       false,
		} {
			err := checkProxyVariable(func(key string) string {
				if key == name {
					return value
				}
				return ""
			})
			if (err == nil) != valid {
				t.Errorf("%s=%s: %v", name, value, err)
			}
			if err != nil && (strings.Contains(err.Error(), canary) || !strings.HasPrefix(err.Error(), "the value of $"+name+" (hidden) ")) {
				t.Errorf("%s=%s: %v", name, value, err)
			}
		}
	}
}

func TestProxy_VariableIsCheckedWithTheFile(t *testing.T) {
	t.Parallel()
	env := func(name string) string {
		if name == "HTTPS_PROXY" {
			return "http://" + canary + "@proxy.example:port"
		}
		return ""
	}
	minimal := string(contents(t, "testdata/good/minimal.yml"))
	for name, test := range map[string]struct {
		text string
		want int
	}{
		"used":                 {minimal, 1},
		"with another problem": {"window_days: 0\n" + minimal, 2},
		"proxy_url is used":    {"api: {proxy_url: 'http://proxy.example'}\n" + minimal, 0},
		"proxy_url is invalid": {"api: {proxy_url: 'ftp://proxy.example'}\n" + minimal, 1},
	} {
		_, err := Parse("config.yml", []byte(test.text), env, nil)
		got := 0
		if err != nil {
			got = 1 + strings.Count(err.Error(), "\n")
		}
		if got != test.want || err != nil && strings.Contains(err.Error(), "$HTTPS_PROXY") == strings.Contains(test.text, "proxy_url") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestProxy_SecretsOfTheConfigurationAndTheEnvironment(t *testing.T) {
	t.Parallel()
	env := map[string]string{}
	secrets := func() string {
		c := Default()
		c.API.ProxyURL = &url.URL{Scheme: "http", User: url.UserPassword("user", "in-file"), Host: "proxy.test"}
		var all []string
		for _, s := range c.ProxySecrets(func(name string) string { return env[name] }) {
			all = append(all, string(s))
		}
		return strings.Join(all, " ")
	}
	if got := secrets(); got != "in-file" {
		t.Errorf("got %q", got)
	}
	env["HTTPS_PROXY"] = "http://user:p%40ss@proxy.test:3128"
	env["https_proxy"] = "user:no-scheme@proxy.test:3128"
	env["HTTP_PROXY"] = "http://key-as-name@proxy.test"
	env["http_proxy"] = "http://proxy.test"
	if got, want := secrets(), "in-file p@ss no-scheme key-as-name"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := fmt.Sprint(api.Secret(secrets())); got != "<secret>" {
		t.Errorf("printed as %s", got)
	}
}
