package main

import (
	"fmt"
	"net/http"
	"time"

	promconfig "github.com/prometheus/common/config"

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

// loadFile loads the configuration that a file holds.
func loadFile(file, env string) (*loaded, error) {
	c, content, err := loadConfig(file, env)
	if err != nil {
		return &loaded{name: file, content: content}, err
	}
	transport, err := c.transport()
	if err != nil {
		return &loaded{name: file, content: content}, fmt.Errorf("%s: %w", file, err)
	}
	return &loaded{name: file, content: content, config: c, plan: c.plan(transport)}, nil
}

// loadDemo makes up the configuration of a simulated account.
func loadDemo(now func() time.Time) (*loaded, error) {
	c := defaultConfig()
	account := account{ID: apitest.DemoAccountID, Token: literalToken(apitest.DemoToken, "the demo")}
	for _, id := range apitest.DemoAppIDs() {
		account.Apps = append(account.Apps, app{ID: id, Name: id})
	}
	c.Accounts = append(c.Accounts, account)
	return &loaded{name: "demo", config: &c, plan: c.plan(apitest.Demo(now).Client().Transport)}, nil
}

// plan is what the collector is to do by the configuration.
func (c *config) plan(rt http.RoundTripper) collector.Plan {
	p := collector.Plan{
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
		account := collector.Account{ID: a.ID, Token: a.Token.read}
		for _, app := range a.Apps {
			account.Apps = append(account.Apps, collector.App(app))
		}
		p.Accounts = append(p.Accounts, account)
	}
	return p
}

// transport is how requests travel by the configuration.
func (c *config) transport() (*http.Transport, error) {
	tls, err := promconfig.NewTLSConfig(&c.API.TLS)
	if err != nil {
		return nil, fmt.Errorf("api.tls_config: %w", err)
	}
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.TLSClientConfig = tls
	// Over HTTP/1.1 no connection is kept. When a kept one breaks before the answer,
	// net/http sends the request again by itself, on each other one that it kept,
	// though the API may have counted them all. HTTP/2, which the API speaks, keeps
	// its connections, and sends again only what was surely not processed.
	t.MaxIdleConnsPerHost = -1
	t.MaxResponseHeaderBytes = 64 << 10
	// A connection that has died without a word is found out and replaced,
	// instead of swallowing one request after another.
	t.HTTP2 = &http.HTTP2Config{SendPingTimeout: 15 * time.Second, PingTimeout: 10 * time.Second}
	t.OnProxyConnectResponse = api.CheckProxyResponse
	if c.API.ProxyURL != nil {
		t.Proxy = http.ProxyURL(c.API.ProxyURL)
	}
	return t, nil
}
