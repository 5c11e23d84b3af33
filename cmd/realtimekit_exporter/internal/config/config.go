// Package config loads the configuration: a strict YAML file, and the environment
// variables that complete it. [Load] reports all problems at once, each with its
// line and key, and without any secret.
//
// The keys and their bounds are in schema.go, rules between keys in rules.go.
// yaml.go, merge.go and syntax.go read YAML and know no key. Tokens are in token.go.
package config

import (
	"fmt"
	"net/url"
	"path/filepath"
	"time"

	promconfig "github.com/prometheus/common/config"

	"github.com/realtimekit-exporter/realtimekit_exporter/cmd/realtimekit_exporter/internal/plural"
)

// A Config is a valid configuration: every value is within its bounds, and every
// path is rooted. Two of its fields hold secrets that their types do not hide,
// API.ProxyURL and API.TLS.Key: never print a Config as a whole.
type Config struct {
	WindowDays int
	Reports    []string // names, each once
	Cache      struct {
		TTL, LiveTTL, MaxStale time.Duration
		Directory              string // empty: memory only
	}
	API struct {
		BaseURL     string // no trailing slash
		Timeout     time.Duration
		MaxInFlight int
		RateLimit   struct {
			Requests int
			Per      time.Duration
		}
		ProxyURL *url.URL // nil: from the environment
		TLS      promconfig.TLSConfig
	}
	Accounts []Account

	// Warnings are about values that are valid but probably wrong, one sentence each.
	Warnings []string
}

// An Account is a Cloudflare account: one token, and apps that it can read. Without
// Discover, it has at least one app.
type Account struct {
	ID    string
	Token *Token
	Apps  []App

	Discover *Discover // nil: only Apps

	literal, file string // api_token and api_token_file, until Token is set
}

// An App is one RealtimeKit app, or the part of it that Filters select. Name is
// the ID unless the file has a name.
type App struct {
	ID, Name, Filters string
}

// Default returns the configuration that an empty file would have: the defaults,
// and no account.
func Default() Config {
	var c Config
	c.WindowDays = 35
	c.Reports = []string{"livestreams"}
	c.Cache.TTL = 15 * time.Minute
	c.Cache.LiveTTL = 2 * time.Minute
	c.Cache.MaxStale = 72 * time.Hour
	c.API.BaseURL = "https://api.cloudflare.com/client/v4"
	c.API.Timeout = 30 * time.Second
	c.API.MaxInFlight = 8
	c.API.RateLimit.Requests = 300
	c.API.RateLimit.Per = 5 * time.Minute
	return c
}

// ReportNames lists the reports that can be collected.
func ReportNames() []string { return []string{"livestreams", "meetings", "live"} }

// Parse parses the content of a configuration file. Relative paths in it are
// relative to file, which is not opened. Nor is any other file: a token or a
// certificate may be missing. env returns the value of an environment variable,
// and files reads token files. The error has one line per problem.
func Parse(file string, data []byte, env func(string) string, files *TokenFiles) (*Config, error) {
	c := Default()
	d := &document{file: file, left: maxNodes, positions: map[any]position{}}
	if root := d.parse(data); root != nil && d.mapping(position{line: root.Line}, root, c.fields()) {
		c.check(d, env)
	}
	if err := d.err(); err != nil {
		return nil, err
	}
	c.Warnings = d.warnings
	c.resolve(filepath.Dir(file), env(TokenVariable), files)
	return &c, nil
}

// resolve sets what depends on other values: names, tokens, rooted paths.
func (c *Config) resolve(dir, envToken string, files *TokenFiles) {
	c.API.TLS.SetDirectory(dir)
	c.Cache.Directory = promconfig.JoinDir(dir, c.Cache.Directory)
	for i := range c.Accounts {
		a := &c.Accounts[i]
		switch {
		case a.file != "":
			a.Token = files.token(promconfig.JoinDir(dir, a.file))
		case a.literal != "":
			a.Token = NewToken(a.literal, "api_token in the configuration")
		default:
			text, _ := validToken(envToken) // checked already
			a.Token = NewToken(text, "$"+TokenVariable)
		}
		a.literal, a.file = "", ""
		for j := range a.Apps {
			if a.Apps[j].Name == "" {
				a.Apps[j].Name = a.Apps[j].ID
			}
		}
	}
}

// Summary describes the size of the configuration, as in "1 account, 2 apps, 35 days",
// or "2 accounts, 1 app and discovered ones, 35 days".
func (c *Config) Summary() string {
	return fmt.Sprintf("%s, %s, %s", plural.Count(len(c.Accounts), "account"), c.Apps(), plural.Count(c.WindowDays, "day"))
}

// Apps is the part of the summary about apps: "2 apps", "discovered apps", or "1 app and
// discovered ones".
func (c *Config) Apps() string {
	apps, discover := 0, false
	for _, a := range c.Accounts {
		apps += len(a.Apps)
		discover = discover || a.Discover != nil
	}
	text := plural.Count(apps, "app")
	switch {
	case discover && apps == 0:
		text = "discovered apps"
	case discover:
		text += " and discovered ones"
	}
	return text
}
