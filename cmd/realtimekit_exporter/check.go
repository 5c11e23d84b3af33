package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/prometheus/common/model"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
)

// check is --config.check: it prints what a configuration amounts to.
func check(load func() (*loaded, error), o *options, w io.Writer) error {
	l, err := load()
	if err := errors.Join(err, o.checkWebConfig()); err != nil {
		return err
	}
	// Requests are counted by token, as the API does, whatever account it is for.
	type user struct{ accounts, apps int }
	var (
		tokens []api.Secret
		users  = make(map[api.Secret]user)
	)
	for _, account := range l.config.Accounts {
		token, unusable := account.Token.read()
		if unusable != nil {
			err = errors.Join(err, fmt.Errorf("account %s: %w", account.ID, unusable))
		}
		if users[token].apps == 0 {
			tokens = append(tokens, token)
		}
		users[token] = user{users[token].accounts + 1, users[token].apps + len(account.Apps)}
	}
	but := ""
	if err != nil {
		but = " but for what follows" // the token, which is often only where the exporter runs
	}
	fmt.Fprintf(w, "%s is good%s: %s\n", l.name, but, l.config.summary())
	series := l.plan.Series()
	fmt.Fprintf(w, "series: up to %d, and those about the exporter itself\n", series)
	if series > manySeries {
		fmt.Fprintln(w, "warning: a scrape of so many takes seconds and much memory: make window_days less, or share the apps out to several exporters")
	}
	if err != nil {
		return err
	}
	limit, per := l.plan.Limit, model.Duration(l.plan.Limit.Per)
	for _, token := range tokens {
		need := l.plan.Requests(users[token].apps)
		fmt.Fprintf(w, "API requests by the token of %s, for %s: up to %.1f per %s of %d sustained (limit %d, of which %d are for bursts)\n",
			count(users[token].accounts, "account"), count(users[token].apps, "app"), need, per, limit.Refill(), limit.Requests, limit.Burst())
		if need > float64(limit.Refill()) {
			fmt.Fprintf(w, "warning: these apps are more than the limit carries, so answers grow older than cache.ttl (%s): make that longer, or use several tokens\n",
				model.Duration(l.plan.TTL))
		}
	}
	return nil
}

// manySeries is from where a scrape is no longer a matter of course: it takes
// about a second, and some 100 MB of memory.
const manySeries = 100_000

// summary says in a few words how much is configured.
func (c *config) summary() string {
	apps := 0
	for _, a := range c.Accounts {
		apps += len(a.Apps)
	}
	return fmt.Sprintf("%s, %s, %s", count(len(c.Accounts), "account"), count(apps, "app"), count(c.WindowDays, "day"))
}

func count(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}
