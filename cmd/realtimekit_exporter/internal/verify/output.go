package verify

import (
	"fmt"
	"io"
	"math"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
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
			fmt.Fprintf(w, "account %s: the list of apps is not available, which is not needed without discover: %s\n", a.ID, sentence(a.ListErr))
			continue
		case a.ListErr != nil:
			fmt.Fprintf(w, "account %s: the list of apps failed: %s\n", a.ID, sentence(a.ListErr))
			continue
		case a.Selected.Err != nil:
			fmt.Fprintf(w, "account %s: the list of apps is not used: %s\n", a.ID, sentence(a.Selected.Err))
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

// printApps prints a line per app.
func printApps(w io.Writer, apps []*app) {
	if len(apps) == 0 {
		return
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	defer table.Flush()
	fmt.Fprintln(table, "APP\tROWS\tFIRST DAY\tLAST DAY\tSESSIONS\tINGEST HOURS\tVIEWER HOURS\tLATENCY\tRESULT")
	for _, r := range apps {
		latency := "-"
		if r.latency > 0 {
			latency = fmt.Sprintf("%.3fs", r.latency.Seconds())
		}
		if r.err != nil {
			fmt.Fprintf(table, "%s\t-\t-\t-\t-\t-\t-\t%s\tfailed: %s\n", r.Name, latency, sentence(r.err))
			continue
		}
		first, last := "-", "-"
		if n := len(r.days.Days); n > 0 {
			first, last = r.days.Days[0].Date.Format(time.DateOnly), r.days.Days[n-1].Date.Format(time.DateOnly)
		}
		t := sums(r.days.Days)
		fmt.Fprintf(table, "%s\t%d\t%s\t%s\t%d\t%.2f\t%.2f\t%s\t%s\n", r.Name, len(r.days.Days), first, last,
			t.Sessions, t.IngestSeconds/3600, t.ViewerSeconds/3600, latency, result(r, t))
	}
}

func sums(days []api.LivestreamDay) (t api.LivestreamTotals) {
	for _, d := range days {
		t.Sessions += d.Sessions
		t.IngestSeconds += d.IngestSeconds
		t.ViewerSeconds += d.ViewerSeconds
	}
	return t
}

// result compares the sums of an app's days with its overall numbers.
func result(r *app, sums api.LivestreamTotals) string {
	text := "sums equal overall"
	if r.overallErr != nil {
		text = "not compared with overall: " + sentence(r.overallErr)
	} else if d := difference(sums, r.overall); d != "" {
		text = "sums differ from overall: " + d
	}
	if r.days.Skipped > 0 {
		text += "; " + plural.Count(r.days.Skipped, "row") + " without a date skipped"
	}
	return text
}

// difference is what the sums have more, or less, than the overall numbers; empty if
// they are equal. Parts of a second are ignored, because overall may be rounded.
func difference(sums, overall api.LivestreamTotals) string {
	var parts []string
	if d := sums.Sessions - overall.Sessions; d != 0 {
		parts = append(parts, fmt.Sprintf("sessions %+d", d))
	}
	if d := math.Round(sums.IngestSeconds - overall.IngestSeconds); d != 0 {
		parts = append(parts, fmt.Sprintf("ingest %+.0fs", d))
	}
	if d := math.Round(sums.ViewerSeconds - overall.ViewerSeconds); d != 0 {
		parts = append(parts, fmt.Sprintf("views %+.0fs", d))
	}
	return strings.Join(parts, ", ")
}

// sentence is an error on one line.
func sentence(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }
