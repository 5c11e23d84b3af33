package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
	"github.com/realtimekit-exporter/realtimekit_exporter/cmd/realtimekit_exporter/internal/buildinfo"
	"github.com/realtimekit-exporter/realtimekit_exporter/cmd/realtimekit_exporter/internal/check"
	"github.com/realtimekit-exporter/realtimekit_exporter/cmd/realtimekit_exporter/internal/config"
	"github.com/realtimekit-exporter/realtimekit_exporter/cmd/realtimekit_exporter/internal/transport"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector"
)

// loaded is a configuration and its plan.
type loaded struct {
	name    string // for people
	notice  string // what to log about the source of the configuration
	content []byte // of the file, and of those that its tls_config names
	config  *config.Config
	plan    collector.Plan
}

// loadFile loads the configuration file. Its token files are read later, by files.
func loadFile(file string, files *config.TokenFiles) (*loaded, error) {
	l := &loaded{name: file}
	var err error
	if l.config, l.content, err = config.Load(file, os.Getenv, files); err != nil {
		return l, err
	}
	l.content = append(l.content, l.config.TLSFiles()...)
	rt, err := transport.New(l.config)
	if err != nil {
		return l, fmt.Errorf("%s: %w", file, err)
	}
	l.plan = newPlan(l.config, rt)
	return l, nil
}

// source returns how the configuration is loaded: from the file, or, if no file was
// chosen and the default one does not exist, from the environment. A reload does not
// change between them.
func source(file string, chosen bool, files *config.TokenFiles) func() (*loaded, error) {
	account, token := os.Getenv(config.AccountVariable) != "", os.Getenv(config.TokenVariable) != ""
	_, err := os.Stat(file)
	absent := !chosen && errors.Is(err, fs.ErrNotExist)
	if !absent || !account && !token {
		return func() (*loaded, error) {
			l, err := loadFile(file, files)
			if absent && errors.Is(err, fs.ErrNotExist) {
				err = fmt.Errorf("%w, or set $%s and $%s", err, config.AccountVariable, config.TokenVariable)
			}
			if account {
				l.notice = "$" + config.AccountVariable + " is ignored, because a configuration file is used"
			}
			return l, err
		}
	}
	set, missing := config.AccountVariable, config.TokenVariable
	switch {
	case account && token:
		return loadEnvironment
	case token:
		set, missing = missing, set
	}
	return func() (*loaded, error) {
		return &loaded{}, fmt.Errorf("configuration file %s does not exist, and $%s is set, but $%s is not: expected both, or a configuration file", file, set, missing)
	}
}

// loadEnvironment returns the configuration without a file.
func loadEnvironment() (*loaded, error) {
	l := &loaded{name: "environment", notice: "no configuration file, serving every app of the account in $" + config.AccountVariable}
	var err error
	if l.config, err = config.FromEnvironment(os.Getenv); err != nil {
		return l, err
	}
	rt, err := transport.New(l.config)
	if err != nil {
		return l, err
	}
	l.plan = newPlan(l.config, rt)
	return l, nil
}

// loadDemo returns the configuration of a simulated account, with every report.
func loadDemo(now func() time.Time) (*loaded, error) {
	c := config.Default()
	c.Reports = config.ReportNames()
	account := config.Account{ID: apitest.DemoAccountID, Token: config.NewToken(apitest.DemoToken, "the demo")}
	account.Discover = config.EveryApp()
	c.Accounts = append(c.Accounts, account)
	return &loaded{name: "demo", config: &c, plan: newPlan(&c, apitest.Demo(now).Client().Transport)}, nil
}

// newPlan returns the plan of the collector for a configuration.
func newPlan(c *config.Config, rt http.RoundTripper) collector.Plan {
	client := api.New(c.API.BaseURL, rt, c.ProxySecrets(os.Getenv)...)
	client.UserAgent = buildinfo.UserAgent(program)
	p := collector.Plan{
		Reports:     collector.Reports(c.Reports...),
		Days:        c.WindowDays,
		TTL:         c.Cache.TTL,
		LiveTTL:     c.Cache.LiveTTL,
		MaxStale:    c.Cache.MaxStale,
		Directory:   c.Cache.Directory,
		Timeout:     c.API.Timeout,
		MaxInFlight: c.API.MaxInFlight,
		Limit:       collector.Limit{Requests: c.API.RateLimit.Requests, Per: c.API.RateLimit.Per},
		BaseURL:     c.API.BaseURL,
		Client:      client,
	}
	for _, a := range c.Accounts {
		account := collector.Account{ID: a.ID, Token: a.Token.Read}
		for _, app := range a.Apps {
			account.Apps = append(account.Apps, collector.App(app))
		}
		if a.Discover != nil {
			discover := collector.Discover(*a.Discover)
			account.Discover = &discover
		}
		p.Accounts = append(p.Accounts, account)
	}
	return p
}

// checkConfig is --config.check: it validates the configuration and prints a summary.
func checkConfig(ctx context.Context, load func() (*loaded, error), o *options, w io.Writer) error {
	l, err := load()
	if err := errors.Join(err, o.checkWebConfig()); err != nil {
		return err
	}
	if l.notice != "" {
		fmt.Fprintln(w, l.notice)
	}
	for _, warning := range l.config.Warnings {
		fmt.Fprintln(w, "warning:", warning)
	}
	return check.Run(ctx, &l.plan, l.name, l.config.Summary(), w)
}
