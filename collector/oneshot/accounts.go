package oneshot

import (
	"context"
	"sync"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector"
)

// An Account is an account of the plan, and what the API has returned about it.
type Account struct {
	*collector.Account
	Secret  api.Secret // the token
	Err     error      // why there is no token
	ListErr error      // why there is no list of apps
	Listed  int        // apps in the list

	Selected collector.Selected
}

// App identifies an app of the account for the requests of a report.
func (a *Account) App(app collector.App, r collector.Report) api.App {
	id := api.App{AccountID: a.ID, ID: app.ID, Token: a.Secret}
	if r.Filtered {
		id.Filters = app.Filters
	}
	return id
}

// Accounts reads the tokens of the plan's accounts, requests the lists of apps of the
// accounts that listed selects, and returns the selected apps of each account. It calls
// done once per account.
func (l *Limiter) Accounts(ctx context.Context, listed func(*collector.Account) bool, done func()) []*Account {
	accounts := make([]*Account, len(l.plan.Accounts))
	lists := make(map[string][]api.ListedApp)
	var wg sync.WaitGroup
	var mu sync.Mutex
	for i := range l.plan.Accounts {
		a := &Account{Account: &l.plan.Accounts[i]}
		accounts[i] = a
		wg.Go(func() {
			defer done()
			if a.Secret, a.Err = a.Token(ctx); a.Err != nil {
				a.ListErr = a.Err
				return
			}
			if !listed(a.Account) {
				return
			}
			var list []api.ListedApp
			a.ListErr = l.try(ctx, func() (err error) {
				list, err = l.Client(a.Secret, nil).Apps(ctx, api.App{AccountID: a.ID, Token: a.Secret})
				return err
			})
			if a.ListErr == nil {
				mu.Lock()
				defer mu.Unlock()
				lists[a.ID], a.Listed = list, len(list)
			}
		})
	}
	wg.Wait()
	for i, selected := range l.plan.Select(lists) {
		accounts[i].Selected = selected
	}
	return accounts
}
