package verify

import (
	"fmt"
	"io"
	"strings"

	"github.com/realtimekit-exporter/realtimekit_exporter/cmd/realtimekit_exporter/internal/plural"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector/oneshot"
)

// maxOthers is how many apps of an account are printed that are not collected.
const maxOthers = 20

// printAccounts prints a line per account, and one per app that is not collected.
func printAccounts(w io.Writer, accounts []*oneshot.Account) {
	for _, a := range accounts {
		others := a.Selected.Others
		switch {
		case a.ListErr != nil && a.Discover == nil:
			fmt.Fprintf(w, "account %s: the list of apps is not available (needed only with discover): %s\n", a.ID, oneLine(a.ListErr))
			continue
		case a.ListErr != nil:
			fmt.Fprintf(w, "account %s: the list of apps failed: %s\n", a.ID, oneLine(a.ListErr))
			continue
		case a.Selected.Err != nil:
			fmt.Fprintf(w, "account %s: the list of apps is not used: %s\n", a.ID, oneLine(a.Selected.Err))
			continue
		}
		fmt.Fprintf(w, "account %s: %s, %s\n", a.ID, plural.Count(a.Listed, "app"), collected(a.Listed-len(others)))
		for i, x := range others {
			if i == maxOthers {
				fmt.Fprintf(w, "  and %s more\n", plural.Thousands(fmt.Sprint(len(others)-i)))
				break
			}
			fmt.Fprintf(w, "  not collected: %s (%s), %s\n", x.Name, x.ID, reason(a, x))
		}
	}
}

func collected(n int) string { return plural.Thousands(fmt.Sprint(n)) + " collected" }

func reason(a *oneshot.Account, x collector.Exclusion) string {
	switch {
	case a.Discover == nil:
		return "not configured"
	case x.Pattern == "":
		return "no match in discover.include"
	}
	return "excluded by " + strings.TrimSuffix(strings.TrimPrefix(x.Pattern, "^(?s:"), ")$")
}

// oneLine returns an error on one line.
func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }
