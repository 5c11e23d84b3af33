package main

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector"
)

// loaded is a configuration as it was found, and what it amounts to.
type loaded struct {
	name    string // for people
	content []byte // of the file
	config  *config
	plan    collector.Plan
}

// loadFile loads the configuration file. Its token files are read later, by files.
func loadFile(file, env string, files *tokenFiles) (*loaded, error) {
	c, content, err := loadConfig(file, env)
	if err != nil {
		return &loaded{name: file, content: content}, err
	}
	transport, err := c.transport()
	if err != nil {
		return &loaded{name: file, content: content}, fmt.Errorf("%s: %w", file, err)
	}
	return &loaded{name: file, content: content, config: c, plan: c.plan(transport, files)}, nil
}

// loadDemo makes up the configuration of a simulated account.
func loadDemo(now func() time.Time) (*loaded, error) {
	c := defaultConfig()
	account := account{ID: apitest.DemoAccountID, Token: literalToken(apitest.DemoToken, "the demo")}
	for _, id := range apitest.DemoAppIDs() {
		account.Apps = append(account.Apps, app{ID: id, Name: id})
	}
	c.Accounts = append(c.Accounts, account)
	return &loaded{name: "demo", config: &c, plan: c.plan(apitest.Demo(now).Client().Transport, nil)}, nil
}

// plan is what the collector is to do by the configuration.
func (c *config) plan(rt http.RoundTripper, files *tokenFiles) collector.Plan {
	p := collector.Plan{
		Reports:     collector.Reports(),
		Days:        c.WindowDays,
		TTL:         c.Cache.TTL,
		MaxStale:    c.Cache.MaxStale,
		Timeout:     c.API.Timeout,
		MaxInFlight: c.API.MaxInFlight,
		Limit:       collector.Limit{Requests: c.API.RateLimit.Requests, Per: c.API.RateLimit.Per},
		BaseURL:     c.API.BaseURL,
		Client:      api.New(c.API.BaseURL, rt, c.proxySecrets()...),
	}
	for _, a := range c.Accounts {
		account := collector.Account{ID: a.ID, Token: func(ctx context.Context) (api.Secret, error) { return a.Token.read(ctx, files) }}
		for _, app := range a.Apps {
			account.Apps = append(account.Apps, collector.App(app))
		}
		p.Accounts = append(p.Accounts, account)
	}
	return p
}
