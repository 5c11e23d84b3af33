package main

import (
	"net/url"
	"path/filepath"
	"time"

	promconfig "github.com/prometheus/common/config"
)

// A config is a configuration that has been checked: every value obeys its
// bounds and every path is rooted. Two of its fields hold secrets that their
// types do not hide, API.ProxyURL and API.TLS.Key: never print a config whole.
type config struct {
	WindowDays int
	Cache      struct {
		TTL, MaxStale time.Duration
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
	Accounts []account
}

// An account is a Cloudflare account: one token, and the apps it may see.
type account struct {
	ID    string
	Token *token
	Apps  []app

	literal, file string // api_token and api_token_file, until they become Token
}

// An app is one RealtimeKit app, or a part of it that Filters select.
type app struct {
	ID, Name, Filters string // Name is the ID unless given
}

// defaultConfig is what stands where the file says nothing.
func defaultConfig() config {
	var c config
	c.WindowDays = 35
	c.Cache.TTL = 15 * time.Minute
	c.Cache.MaxStale = 72 * time.Hour
	c.API.BaseURL = "https://api.cloudflare.com/client/v4"
	c.API.Timeout = 30 * time.Second
	c.API.MaxInFlight = 8
	c.API.RateLimit.Requests = 300
	c.API.RateLimit.Per = 5 * time.Minute
	return c
}

// parseConfig reads a configuration. file names it in mistakes and roots its
// relative paths; env is the value of $CLOUDFLARE_API_TOKEN. It opens no other
// file: a token or a certificate that is missing is for its reader to say. The
// error holds the mistakes of the whole file, a line each.
func parseConfig(file string, data []byte, env string) (*config, error) {
	c := defaultConfig()
	d := &document{file: file, left: maxNodes, places: map[any]place{}}
	if root := d.parse(data); root != nil && d.mapping(place{line: root.Line}, root, c.fields()) {
		c.check(d, env)
	}
	if err := d.err(); err != nil {
		return nil, err
	}
	c.resolve(filepath.Dir(file), env)
	return &c, nil
}

// resolve fills in what follows from the rest: names, tokens, rooted paths.
func (c *config) resolve(dir, env string) {
	c.API.TLS.SetDirectory(dir)
	for i := range c.Accounts {
		a := &c.Accounts[i]
		switch {
		case a.file != "":
			a.Token = fileToken(promconfig.JoinDir(dir, a.file))
		case a.literal != "":
			a.Token = literalToken(a.literal, "api_token in the configuration")
		default:
			text, _ := validToken(env) // checked already
			a.Token = literalToken(text, "$"+tokenVariable)
		}
		a.literal, a.file = "", ""
		for j := range a.Apps {
			if a.Apps[j].Name == "" {
				a.Apps[j].Name = a.Apps[j].ID
			}
		}
	}
}
