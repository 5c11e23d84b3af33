package grafana

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness"
	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness/history"
)

// exporterPanels is what the panels of the exporter's dashboard have to show. A
// panel that is not here fails the test.
func exporterPanels() map[string]expectation {
	each := func(format string, refIDs ...string) expectation {
		return seriesNamed("^"+format+"$", 1e9, append(refIDs, "A")...)
	}
	const instance, app, account = `[0-9.]+:[0-9]+`, `.+`, harness.AccountID
	return map[string]expectation{
		"Scraped":              statsOf("", "up"),
		"Configuration":        statsOf("", "in force"),
		"Configuration loaded": all(statsOf("", ""), loaded),
		"Cache":                all(statsOf("ttl · ", "", "max_stale · "), cacheStats),

		"Version":         versions,
		"Apps configured": configuredApps,
		"Reports by app":  all(reports, reportAges),

		"Reports up and down":                    reportsUp,
		"Age of the data, in TTLs":               all(seriesNamed("^"+app+" · "+instance+"$", 5000, "A"), ofStored(ageInTTLs)),
		"Failures by reason":                     all(failures, ofStored(requestsPerHour(chosenApps))),
		"Closed days on which replicas disagree": all(each(`(sessions|ingest|viewer time)`), disagreements),

		"API requests by status":  all(each(`(200|503) · `+instance), ofStored(requestsPerHour(allApps))),
		"API latency":             all(each(`(50|90|99) % · `+instance, "B", "C"), ofStored(latency)),
		"Budget":                  all(each(`(may leave now|lasts) · `+account+` · `+instance, "B"), ofStored(budgetLasts)),
		"Blocked by a 429":        all(each(account+` · `+instance), alwaysIs(0)),
		"Where answers came from": each(`(fresh|refreshed|stale|none) · ` + instance),
		"Scrape duration":         all(each(instance), alwaysIs(history.StoredDuration)),
		"Memory":                  ofLive(each(`(resident|heap) · `+instance, "B")),
		"Goroutines":              ofLive(each(instance)),
	}
}

// at is when instant queries look.
func (l look) at() time.Time {
	if l.relative {
		return l.scene.now
	}
	return l.to
}

// instances are the stored targets that Prometheus still sees at a time. The
// running exporter is one more, that only has a port of its own.
func (l look) instances() (seen []string) {
	for i, instance := range []string{history.Replacement, history.Other} {
		for _, at := range l.Scrapes() {
			at = at.Add(time.Duration(i) * time.Minute)
			if !at.After(l.at()) && l.at().Sub(at) < 5*time.Minute {
				seen = append(seen, instance)
				break
			}
		}
	}
	if !l.at().Before(l.History.Now) {
		seen = append(seen, "live")
	}
	slices.Sort(seen)
	return seen
}

func isLive(instance string) bool { return strings.HasPrefix(instance, "127.0.0.1:") }

// sameInstances compares names of targets, with what stands before and after.
func sameInstances(got, want []string) error {
	var names []string
	for _, name := range got {
		if i := strings.Index(name, "127.0.0.1:"); i >= 0 {
			name = name[:i] + "live"
		}
		names = append(names, name)
	}
	slices.Sort(names)
	slices.Sort(want)
	if !slices.Equal(names, want) {
		return fmt.Errorf("it shows %q, want %q", names, want)
	}
	return nil
}

// statsOf expects a value for each target, under a name before which something
// may stand, and with a text unless it is empty.
func statsOf(before, text string, more ...string) expectation {
	return func(l look) error {
		var got, want []string
		var err error
		for _, s := range l.Stats {
			got = append(got, s.Title)
			if text != "" && s.Text != text {
				err = errors.Join(err, fmt.Errorf("%s is %q, want %q", s.Title, s.Text, text))
			}
		}
		for _, before := range append(more, before) {
			for _, instance := range l.instances() {
				want = append(want, before+instance)
			}
		}
		return errors.Join(err, sameInstances(got, want))
	}
}
