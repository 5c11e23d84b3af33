// Package check implements the flag --config.check for a valid configuration. It sends
// no requests.
//
// [Run] prints the number of series; forecast.go prints the number of requests, and
// whether they fit into the rate limit.
package check

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector"
)

// Run prints a summary of a plan. name is the name of its configuration, and size
// describes its size. Run reads the tokens; an unusable token is an error.
func Run(ctx context.Context, p *collector.Plan, name, size string, w io.Writer) error {
	tokens, err := readTokens(ctx, p.Accounts)
	if err == nil {
		fmt.Fprintf(w, "%s is valid: %s\n", name, size)
	} else {
		fmt.Fprintf(w, "%s: %s\n", name, size)
	}
	series := p.Series()
	fmt.Fprintf(w, "series: up to %d, plus those about the exporter itself\n", series)
	if slices.ContainsFunc(p.Accounts, func(a collector.Account) bool { return a.Discover != nil }) {
		fmt.Fprintf(w, "each discovered app adds up to %d series\n", p.SeriesOf(1))
	}
	if series > collector.ManySeries {
		offset := (series + collector.ManySeries - 1) / collector.ManySeries
		fmt.Fprintf(w, "warning: a scrape of this size takes seconds and much memory: set --timeout-offset=%ds (a second per 100,000 series), lower window_days, or distribute the apps over several exporters\n", offset)
	}
	if dir := p.Directory; dir != "" {
		if info, err := os.Stat(dir); err != nil || !info.IsDir() {
			fmt.Fprintf(w, "warning: cache.directory %s is not a directory on this host: if it is missing where the exporter runs, a restart loses all responses\n", dir)
		}
	}
	if err != nil { // a token, which is often only where the exporter runs
		fmt.Fprintf(w, "%s is valid except:\n", name)
		return err
	}
	printForecasts(w, p, tokens)
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
