package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/prometheus/common/model"
	"github.com/prometheus/exporter-toolkit/web"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
)

// check is --config.check: it prints what a configuration amounts to.
func check(load func() (*loaded, error), o *options, w io.Writer) error {
	l, err := load()
	if webErr := web.Validate(*o.web.WebConfigFile); webErr != nil {
		err = errors.Join(err, fmt.Errorf("--web.config.file: %w", webErr))
	}
	if err != nil {
		return err
	}
	// Requests are counted by token, as the API does.
	var (
		tokens []api.Secret
		apps   = make(map[api.Secret]int)
	)
	for _, account := range l.config.Accounts {
		token, unusable := account.Token.read()
		if unusable != nil {
			err = errors.Join(err, fmt.Errorf("account %s: %w", account.ID, unusable))
		}
		if apps[token] == 0 {
			tokens = append(tokens, token)
		}
		apps[token] += len(account.Apps)
	}
	if err != nil {
		return err
	}

	fmt.Fprintf(w, "%s is good: %s\n", l.name, l.config.summary())
	fmt.Fprintf(w, "series: up to %d, and those about the exporter itself\n", l.plan.Series())
	for _, token := range tokens {
		need := l.plan.Requests(apps[token])
		fmt.Fprintf(w, "API requests with one token: up to %.1f per %s for its apps (%d), of %d per %s that last within the limit of %d\n",
			need, model.Duration(l.plan.Limit.Per), apps[token], l.plan.Limit.Refill(), model.Duration(l.plan.Limit.Per), l.plan.Limit.Requests)
		if need > float64(l.plan.Limit.Refill()) {
			fmt.Fprintf(w, "warning: these apps are more than the limit carries, so answers grow older than cache.ttl (%s): make that longer, or use several tokens\n",
				model.Duration(l.plan.TTL))
		}
	}
	return nil
}

// summary says in a few words how much is configured.
func (c *config) summary() string {
	apps := 0
	for _, a := range c.Accounts {
		apps += len(a.Apps)
	}
	return fmt.Sprintf("accounts: %d, apps: %d, days: %d", len(c.Accounts), apps, c.WindowDays)
}
