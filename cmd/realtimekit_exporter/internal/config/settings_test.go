package config

import (
	"fmt"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestSettings_EveryKeyWithItsDefault(t *testing.T) {
	t.Parallel()
	c := Default()
	var got, want []string
	for _, s := range c.Settings() {
		got = append(got, fmt.Sprint(s))
	}
	for _, k := range configKeys() {
		if !strings.HasPrefix(k.Path, "accounts") {
			want = append(want, fmt.Sprint(Setting{k.Path, k.Default, true}))
		}
	}
	if g, w := strings.Join(got, "\n"), strings.Join(want, "\n"); g != w {
		t.Errorf("got\n%s\nwant\n%s", g, w)
	}
}

func TestSettings_OtherValuesWithoutSecrets(t *testing.T) {
	t.Parallel()
	c := Default()
	c.Cache.TTL = 90 * time.Minute
	c.API.ProxyURL = &url.URL{Scheme: "http", User: url.UserPassword("user", canary), Host: "proxy.example:3128", Path: canary, RawQuery: canary}
	c.API.TLS.CA, c.API.TLS.Cert, c.API.TLS.Key = canary, canary, canary
	c.API.TLS.CAFile = "/etc/ca.pem"
	want := map[string]string{
		"cache.ttl":              "1h30m",
		"api.proxy_url":          "http://proxy.example:3128 (anything else is hidden)",
		"api.tls_config.ca":      "hidden",
		"api.tls_config.cert":    "hidden",
		"api.tls_config.key":     "hidden",
		"api.tls_config.ca_file": "/etc/ca.pem",
	}
	for _, s := range c.Settings() {
		value, changed := want[s.Key]
		if s.Default == changed || changed && s.Value != value {
			t.Errorf("%s: got %q, default: %v, want %q", s.Key, s.Value, s.Default, value)
		}
	}
}

func TestSummary(t *testing.T) {
	t.Parallel()
	c := Config{WindowDays: 1, Accounts: []Account{{Apps: make([]App, 2)}, {Apps: make([]App, 1)}}}
	if got := c.Summary(); got != "2 accounts, 3 apps, 1 day" {
		t.Errorf("got %q", got)
	}
}

func TestReference_ConfigurationKeys(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../../../docs/reference.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(text), "<!-- config -->\n")
	table, _, found := strings.Cut(after, "<!-- /config -->\n")
	if !found {
		t.Fatal("the reference has no section config")
	}
	var want, got []string
	for _, k := range configKeys() {
		value := ""
		if k.Default != "" {
			value = "`" + k.Default + "`"
		}
		want = append(want, fmt.Sprintf("| `%s` | %s |", k.Path, value))
	}
	row := regexp.MustCompile("^\\| `[^`]+` \\| (`[^`]*`)? ?\\|")
	for line := range strings.Lines(table) {
		if found := row.FindString(line); found != "" {
			got = append(got, strings.Replace(found, "` | |", "` |  |", 1))
		}
	}
	if g, w := strings.Join(got, "\n"), strings.Join(want, "\n"); g != w {
		t.Errorf("the reference has\n%s\nthe code has\n%s", g, w)
	}
}
