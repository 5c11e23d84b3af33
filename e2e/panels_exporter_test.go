package e2e

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
)

// exporterPanels is what the panels of the exporter's dashboard have to show. A
// panel that is not here fails the test.
func exporterPanels() map[string]expectation {
	each := func(format string, refIDs ...string) expectation {
		return seriesNamed("^"+format+"$", 1e9, append(refIDs, "A")...)
	}
	const instance, app, account = `[0-9.]+:[0-9]+`, `.+`, accountID
	return map[string]expectation{
		"Scraped":              statsOf("", "up"),
		"Configuration":        statsOf("", "in force"),
		"Configuration loaded": statsOf("", ""),
		"Cache":                statsOf("ttl · ", "", "max_stale · "),

		"Version":         versions,
		"Apps configured": configuredApps,
		"Reports by app":  reports,

		"Reports up and down":                    reportsUp,
		"Age of the data, in TTLs":               seriesNamed("^"+app+" · "+instance+"$", 5000, "A"),
		"Failures by reason":                     failures,
		"Closed days on which replicas disagree": disagreement,

		"API requests by status":  each(`(200|503) · ` + instance),
		"API latency":             each(`(50|90|99) % · `+instance, "B", "C"),
		"Budget":                  each(`(may leave now|lasts) · `+account+` · `+instance, "B"),
		"Blocked by a 429":        each(account + ` · ` + instance),
		"Where answers came from": each(`(fresh|refreshed|stale|none) · ` + instance),
		"Scrape duration":         each(instance),
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

// seriesNamed expects series of each query, all with names of a form and numbers
// from 0 to the most that makes sense.
func seriesNamed(form string, most float64, refIDs ...string) expectation {
	named := regexp.MustCompile(form)
	return func(l look) error {
		points, err := l.points()
		if err != nil {
			return err
		}
		without := slices.Clone(refIDs)
		for _, frame := range l.Frames {
			without = slices.DeleteFunc(without, func(id string) bool { return id == frame.RefID })
			if name := frame.Fields[1].Name; !named.MatchString(name) {
				return fmt.Errorf("it has a series %q, want %s", name, form)
			}
		}
		if len(without) > 0 {
			return fmt.Errorf("its queries %q have no result", without)
		}
		for _, key := range slices.Sorted(maps.Keys(points)) {
			if v := points[key]; v < 0 || v > most {
				return fmt.Errorf("%s is %v", key, v)
			}
		}
		return nil
	}
}

// ofLive expects something only when the running exporter is in the range, at
// one of the points: the stored ones were not processes.
func ofLive(expect expectation) expectation {
	return func(l look) error {
		if l.to.Sub(l.from) <= time.Hour {
			return expect(l)
		}
		if len(l.Frames) > 0 && l.to.Before(l.history.now) {
			return errors.New("it shows something of a time without a process")
		}
		return nil
	}
}
