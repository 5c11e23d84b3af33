package collector

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
)

// names are the values of the label app that the process has used. One that was used
// for an app is never used for another discovered app, even after the first one has
// left the list, or the series of one app would go on with the numbers of another.
type names struct {
	byApp  map[appKey]string // the last one of each app
	owners map[string]appKey
}

// An appKey identifies an app.
type appKey struct{ accountID, appID string }

func newNames() names {
	return names{byApp: make(map[appKey]string), owners: make(map[string]appKey)}
}

// assign names the discovered apps of all accounts, and returns them by account. An
// app that had a name keeps it, unless the plan has given it to another app. Of apps
// with equal names, the oldest one gets the name, unless an app in the plan has it.
func (n *names) assign(p *Plan, selections map[listKey]*selection) map[string][]App {
	for _, account := range p.Accounts {
		for _, app := range account.Apps {
			k := appKey{account.ID, app.ID}
			n.owners[app.Name] = k
			if app.Filters == "" {
				n.byApp[k] = app.Name
			}
		}
	}

	type found struct {
		key       appKey
		app       api.ListedApp
		selection *selection
	}
	var all []found
	for k, s := range selections {
		for _, app := range s.discovered {
			all = append(all, found{appKey{k.accountID, app.ID}, app, s})
		}
	}
	slices.SortFunc(all, func(a, b found) int {
		return cmp.Or(a.app.Created.Compare(b.app.Created), strings.Compare(a.app.ID, b.app.ID), strings.Compare(a.key.accountID, b.key.accountID))
	})
	apps := make(map[string][]App)
	for _, f := range all {
		name, known := n.byApp[f.key]
		if !known || n.owners[name] != f.key {
			name = n.free(displayName(f.app), f.key)
			n.byApp[f.key], n.owners[name] = name, f.key
		}
		f.selection.names[f.app.ID] = name
		apps[f.key.accountID] = append(apps[f.key.accountID], App{ID: f.app.ID, Name: name})
	}
	return apps
}

// free returns a name for an app that no other app has or had.
func (n *names) free(name string, k appKey) string {
	isFree := func(name string) bool {
		_, taken := n.owners[name]
		return !taken
	}
	long := fmt.Sprintf("%s (%s)", name, k.appID)
	for _, candidate := range []string{name, fmt.Sprintf("%s (%.8s)", name, k.appID), long} {
		if isFree(candidate) {
			return candidate
		}
	}
	for i := 2; ; i++ {
		if candidate := fmt.Sprintf("%s %d", long, i); isFree(candidate) {
			return candidate
		}
	}
}

// displayName is the name of a listed app, or its ID if the name is not fit for a
// label: names have 1 to 200 characters that are printable, ZWNJ or ZWJ.
func displayName(app api.ListedApp) string {
	n := utf8.RuneCountInString(app.Name)
	if n == 0 || n > 200 || strings.ContainsFunc(app.Name, func(r rune) bool {
		return !unicode.IsPrint(r) && r != '\u200c' && r != '\u200d'
	}) {
		return app.ID
	}
	return app.Name
}
