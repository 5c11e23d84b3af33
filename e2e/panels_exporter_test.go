package e2e

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// exporterPanels is what the panels of the exporter's dashboard have to show. A
// panel that is not here fails the test.
func exporterPanels() map[string]expectation {
	each := func(format string) expectation { return seriesNamed("^"+format+"$", 1) }
	const instance, app, account = `[0-9.]+:[0-9]+`, `.+`, accountID
	return map[string]expectation{
		"Scraped":              statsOf("", "up"),
		"Configuration":        statsOf("", "in force"),
		"Configuration loaded": all(statsOf("", ""), loaded),
		"Cache":                all(statsOf("ttl · ", "", "max_stale · "), cacheStats),

		"Version":         versions,
		"Apps configured": configuredApps,
		"Reports by app":  all(reports, reportAges),

		"Reports up and down":                    reportsUp,
		"Age of the data, in TTLs":               all(each(app+" · "+instance), ofStored(ageInTTLs)),
		"Failures by reason":                     all(failures, ofStored(requestsPerHour(chosenApps))),
		"Closed days on which replicas disagree": all(each(`(sessions|ingest|viewer time)`), disagreements),

		"API requests by status":  all(each(`(200|503) · `+instance), ofStored(requestsPerHour(allApps))),
		"API latency":             all(each(`(50|90|99) % · `+instance), ofStored(latency)),
		"Budget":                  all(each(`(may leave now|lasts) · `+account+` · `+instance), ofStored(budgetLasts)),
		"Blocked by a 429":        all(each(account+` · `+instance), alwaysIs(0)),
		"Where answers came from": each(`(fresh|refreshed|stale|none) · ` + instance),
		"Scrape duration":         all(each(instance), alwaysIs(storedDuration)),
		"Memory":                  ofLive(each(`(resident|heap) · ` + instance)),
		"Goroutines":              ofLive(each(instance)),
	}
}

// exporterScenes are the ways in which people look at the exporter.
func (m *museum) exporterScenes(d *dashboard) []*scene {
	now := time.Now()
	scenes := []*scene{
		{name: "exporter, at first", from: m.day(-29), to: m.day(1).Add(-time.Millisecond), relative: true},
		{name: "exporter, the last hour", from: now.Add(-59 * time.Minute), to: now.Add(time.Minute), relative: true},
		{name: "exporter, and an app with a hostile name", from: m.day(-29), to: m.day(1).Add(-time.Millisecond), relative: true, chosen: map[string][]string{"app": {hostile}}},
		{name: "exporter, when the API failed", from: m.at(failsFrom, 6), to: m.at(failsFrom, 12)},
	}
	for _, s := range scenes {
		s.dash, s.prom, s.now = d, m.prom, now
	}
	return scenes
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
	for i, instance := range []string{inItsStead, other} {
		for _, at := range l.scrapes() {
			at = at.Add(time.Duration(i) * time.Minute)
			if !at.After(l.at()) && l.at().Sub(at) < 5*time.Minute {
				seen = append(seen, instance)
				break
			}
		}
	}
	if !l.at().Before(l.history.now) {
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

func versions(l look) error {
	names, err := l.named("Exporter")
	if err != nil {
		return err
	}
	version, err1 := l.named("Version")
	revision, err2 := l.named("Revision")
	if err := errors.Join(err1, err2, sameInstances(names.Texts, l.instances())); err != nil {
		return err
	}
	for i, name := range names.Texts {
		want := storedVersion + " of " + storedRevision
		if isLive(name) {
			want = builtVersion + " of unknown"
		}
		if got := version.Texts[i] + " of " + revision.Texts[i]; got != want {
			return fmt.Errorf("version of %s is %s, want %s", name, got, want)
		}
	}
	return nil
}

func configuredApps(l look) error {
	names, err := l.named("App")
	ids, err1 := l.named("App id")
	if err := errors.Join(err, err1); err != nil {
		return err
	}
	got, want := map[string]string{}, map[string]string{}
	for i, name := range names.Texts {
		got[name] = ids.Texts[i]
	}
	for _, app := range l.configured(l.at()) {
		if slices.Contains(l.selected(), app.name) {
			want[app.name] = app.id
		}
	}
	return differ(got, want)
}

// reports expects each app's state at each target, and why it fails.
func reports(l look) error {
	var columns []field
	for _, name := range []string{"App", "Exporter", "State", "Last failure"} {
		f, err := l.named(name)
		if err != nil {
			return err
		}
		columns = append(columns, f)
	}
	got, want := map[string]string{}, map[string]string{}
	for i, app := range columns[0].Texts {
		instance := columns[1].Texts[i]
		if isLive(instance) {
			instance = "live"
		}
		got[app+" · "+instance] = columns[2].Texts[i] + ", " + columns[3].Texts[i]
	}
	for _, app := range l.selected() {
		for _, instance := range l.instances() {
			want[app+" · "+instance] = "up, none"
			if l.fails(l.at()) {
				want[app+" · "+instance] = "failing, server"
			}
		}
	}
	return differ(got, want)
}
