package grafana

import (
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strings"
)

// Forms of numbers as people see them: unit and decimals.
const (
	asSessions = `\d+ sessions`
	asHours    = `\d+\.\d h`
	asViewers  = `\d+\.\d viewers`
	asPerHour  = `\d+(\.\d)? /h`
	asDays     = `\d+ days`
	asCount    = `\d+`
	asSpan     = `\d+(\.\d+)? (ns|µs|ms|s|mins?|hours?|days?|weeks?)`
	asBytes    = `\d+(\.\d+)? (B|KiB|MiB)`
	asAgo      = `(a few seconds|an?|\d+) ?(minutes?|hours?|days?|months?|years?)? ago`
)

// forms are those in which panels, and columns of tables, show their numbers. One
// that is not here fails the test.
func forms() map[string]string {
	return map[string]string{
		"Sessions per day":         asSessions,
		"Ingest per day":           asHours,
		"Viewer time per day":      asHours,
		"Average audience per day": asViewers,

		"Sessions per day, recorded":         asSessions,
		"Ingest per day, recorded":           asHours,
		"Viewer time per day, recorded":      asHours,
		"Average audience per day, recorded": asViewers,

		"Days known": asCount, "Sessions": asCount, "Ingest": asHours, "Viewer time": asHours,
		"Average audience": asViewers, "Data age": asAgo,
		"Weekday profile, Sessions": `\d+\.\d`, // a mean

		"Scraped": "up", "Configuration": "in force", "Configuration loaded": asAgo, "Cache": asSpan,
		"State": "up|failing", "Age": asSpan, "Age in TTLs": `\d+\.\d`, "Rows": asCount, "When": "–|" + asAgo,

		"Reports up and down":                    "up|failing",
		"Age of the data, in TTLs":               `\d+\.\d TTL`,
		"Failures by reason":                     asPerHour,
		"Closed days on which replicas disagree": asDays,
		"API requests by status":                 asPerHour,
		"API latency":                            asSpan,
		"Budget":                                 `\d+ requests`,
		"Blocked by a 429":                       `0 s`,
		"Where answers came from":                asPerHour,
		"Scrape duration":                        asSpan,
		"Memory":                                 asBytes,
		"Goroutines":                             asCount,
	}
}

// expectForms expects every number of a panel to be written in its form.
func expectForms(title, panelType string, p picture) error {
	for _, frame := range p.Frames {
		for _, f := range frame.Fields {
			if f.Type != "number" || f.Hidden || panelType == "stat" && len(p.Stats) == 1 {
				continue // totals are compared word by word
			}
			form := forms()[title]
			if panelType == "table" {
				form = forms()[f.Name]
				if own, ok := forms()[title+", "+f.Name]; ok {
					form = own
				}
			}
			written := regexp.MustCompile(`^(` + form + `)$`)
			for i, v := range f.numbers() {
				if !math.IsNaN(v) && !math.IsInf(v, 0) && !written.MatchString(f.Texts[i]) {
					return fmt.Errorf("%s shows %v as %q, want %q", f.Name, v, f.Texts[i], form)
				}
			}
		}
	}
	return nil
}

// The colours of Grafana's dark theme, as dashboards name them.
const (
	green  = "#73BF69"
	yellow = "#FADE2A"
	red    = "#F2495C"
)

// expectColours expects the colours that say whether all is well.
func expectColours(p picture) error {
	colours := map[string]string{"up": green, "in force": green, "down": red, "failing": red, "refused": red}
	for _, s := range p.Stats {
		if want, ok := colours[s.Text]; ok && s.Color != want {
			return fmt.Errorf("%s is %s in %s, want %s", s.Title, s.Text, s.Color, want)
		}
	}
	for _, frame := range p.Frames {
		for _, f := range frame.Fields {
			for i, v := range f.numbers() {
				want, ok := colours[f.Texts[i]]
				if inTTLs := f.Name == "Age in TTLs" || strings.HasSuffix(f.Texts[i], " TTL"); inTTLs && !math.IsNaN(v) {
					want, ok = green, true
					if v >= 1.5 {
						want = yellow
					}
					if v >= 2 {
						want = red
					}
				}
				if ok && f.Colors[i] != want {
					return fmt.Errorf("%s is %s in %s, want %s", f.Name, f.Texts[i], f.Colors[i], want)
				}
			}
		}
	}
	return nil
}

// unshown returns the forms that nobody has seen, as of a column with a new name.
func unshown(scenes []*scene, pictures drawn) []string {
	left := forms()
	for _, s := range scenes {
		for title, p := range pictures[s.name] {
			delete(left, title)
			for _, frame := range p.Frames {
				for _, f := range frame.Fields {
					delete(left, f.Name)
					delete(left, title+", "+f.Name)
				}
			}
		}
	}
	return slices.Sorted(maps.Keys(left))
}
