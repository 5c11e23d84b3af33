package backfill

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/realtimekit-exporter/realtimekit_exporter/collector"
)

// find returns the apps with these names, or all apps if there are no names, sorted by
// name. It requests the lists of apps that it needs, and returns how many of them failed.
func (b *backfill) find(ctx context.Context, names []string) (apps []*app, failed int, err error) {
	discover := !allConfigured(b.plan, names)
	accounts := b.limiter.Accounts(ctx, func(a *collector.Account) bool { return discover && a.Discover != nil }, func() {})
	if ctx.Err() != nil {
		return nil, 0, ctx.Err()
	}
	var all []string
	for _, account := range accounts {
		if err := cmp.Or(account.ListErr, account.Selected.Err); discover && account.Discover != nil && err != nil {
			failed++
			b.line.Printf("account %s: the list of apps failed, and only apps in the configuration are known: %s", account.ID, oneLine(err))
		}
		for _, a := range account.Selected.Apps {
			all = append(all, a.Name)
			if len(names) == 0 || slices.Contains(names, a.Name) {
				apps = append(apps, &app{App: a, account: account})
			}
		}
	}
	for _, name := range names {
		if !slices.Contains(all, name) {
			return nil, failed, unknown(name, all)
		}
	}
	if len(apps) == 0 {
		return nil, failed, cmp.Or(summary(failed, 0, 0), errors.New("there are no apps to backfill"))
	}
	slices.SortFunc(apps, func(a, b *app) int { return strings.Compare(a.Name, b.Name) })
	return apps, failed, nil
}

// allConfigured reports whether there are names, and all are in the configuration.
func allConfigured(p *collector.Plan, names []string) bool {
	configured := make(map[string]bool)
	for _, account := range p.Accounts {
		for _, a := range account.Apps {
			configured[a.Name] = true
		}
	}
	return len(names) > 0 && !slices.ContainsFunc(names, func(name string) bool { return !configured[name] })
}

// unknown is the error for a name that no app has. It lists the most similar names.
func unknown(name string, all []string) error {
	const most = 10
	if len(all) == 0 {
		return fmt.Errorf("--app=%q: there are no apps", name)
	}
	slices.SortFunc(all, func(a, b string) int {
		return cmp.Or(cmp.Compare(distance(name, a), distance(name, b)), strings.Compare(a, b))
	})
	list, more := all, ""
	if n := len(all) - most; n > 0 {
		list, more = all[:most], fmt.Sprintf(" or %d others", n)
	}
	return fmt.Errorf("--app=%q: no app has this name, expected one of %q%s", name, list, more)
}

// distance counts the letters to insert, remove or replace between two names, in either
// case (the Levenshtein distance).
func distance(a, b string) int {
	x, y := []rune(strings.ToLower(a)), []rune(strings.ToLower(b))
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := range x {
		diagonal := row[0]
		row[0]++
		for j := range y {
			replaced := diagonal
			if x[i] != y[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j]+1, diagonal+1)
		}
	}
	return row[len(y)]
}
