package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"

	"github.com/prometheus/common/model"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
	"github.com/realtimekit-exporter/realtimekit_exporter/cmd/realtimekit_exporter/internal/plural"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector"
)

// check is --config.check: it validates the configuration and prints a summary.
func check(ctx context.Context, load func() (*loaded, error), o *options, w io.Writer) error {
	l, err := load()
	if err := errors.Join(err, o.checkWebConfig()); err != nil {
		return err
	}
	// Requests are counted per token, as the API does, and not per account.
	type use struct {
		accounts, apps int
		lists          float64 // requests for lists of apps
		discover       bool
	}
	var (
		tokens []api.Secret
		uses   = make(map[api.Secret]use)
	)
	values, err := readTokens(ctx, l.plan.Accounts)
	for i, account := range l.plan.Accounts {
		token := values[i]
		if uses[token].accounts == 0 {
			tokens = append(tokens, token)
		}
		u := uses[token]
		u.accounts++
		u.apps += len(account.Apps)
		if account.Discover != nil {
			u.discover = true
			u.lists += l.plan.ListRequests(account.Discover, 0)
		}
		uses[token] = u
	}
	if l.notice != "" {
		fmt.Fprintln(w, l.notice)
	}
	if err == nil {
		fmt.Fprintf(w, "%s is valid: %s\n", l.name, l.config.Summary())
	} else {
		fmt.Fprintf(w, "%s: %s\n", l.name, l.config.Summary())
	}
	series := l.plan.Series()
	fmt.Fprintf(w, "series: up to %d, and those about the exporter itself\n", series)
	if slices.ContainsFunc(l.plan.Accounts, func(a collector.Account) bool { return a.Discover != nil }) {
		fmt.Fprintf(w, "each discovered app adds up to %d series\n", l.plan.SeriesOf(1))
	}
	if dir := l.plan.Directory; dir != "" {
		if info, statErr := os.Stat(dir); statErr != nil || !info.IsDir() {
			fmt.Fprintf(w, "warning: cache.directory %s is not a directory here: if it is missing where the exporter runs, a restart loses all responses\n", dir)
		}
	}
	if series > collector.ManySeries {
		fmt.Fprintln(w, "warning: a scrape of this size takes seconds and much memory: lower window_days, or distribute the apps over several exporters")
	}
	if err != nil { // a token, which is often only where the exporter runs
		fmt.Fprintf(w, "%s is valid except:\n", l.name)
		return err
	}
	limit, per := l.plan.Limit, model.Duration(l.plan.Limit.Per)
	for _, token := range tokens {
		need := l.plan.Requests(uses[token].apps) + uses[token].lists
		fmt.Fprintf(w, "API requests by the token of %s, for %s: up to %.1f per %s of %d sustained (limit %d, of which %d are for bursts)\n",
			plural.Count(uses[token].accounts, "account"), plural.Count(uses[token].apps, "app"), need, per, limit.Refill(), limit.Requests, limit.Burst())
		if need > float64(limit.Refill()) {
			fmt.Fprintf(w, "warning: these apps need more requests than the limit allows, so responses get older than cache.ttl (%s): raise cache.ttl, or use several tokens\n",
				model.Duration(l.plan.TTL))
		}
		if uses[token].discover {
			apps := int(max(0, float64(limit.Refill())-uses[token].lists) / l.plan.Requests(1))
			fmt.Fprintf(w, "with this token, the limit allows for %s, discovered ones included\n", plural.Count(apps, "app"))
		}
	}
	return nil
}

// readTokens reads the tokens of all accounts at the same time, so that several
// files that cannot be read take no longer than one.
func readTokens(ctx context.Context, accounts []collector.Account) ([]api.Secret, error) {
	var (
		wg     sync.WaitGroup
		tokens = make([]api.Secret, len(accounts))
		errs   = make([]error, len(accounts))
	)
	for i, account := range accounts {
		wg.Go(func() {
			var err error
			if tokens[i], err = account.Token(ctx); err != nil {
				errs[i] = fmt.Errorf("account %s: %w", account.ID, err)
			}
		})
	}
	wg.Wait()
	return tokens, errors.Join(errs...)
}
