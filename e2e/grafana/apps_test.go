package grafana

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness"
	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness/history"
)

// appsTable expects a row for each app that answered well, those without any
// livestream too, with a link to it alone.
func appsTable(l look) error {
	var rows []tableRow
	busiest := map[string][]string{}
	for _, app := range l.selected() {
		if !l.answered(app) {
			continue
		}
		sum, most := apitest.Day{}, int64(0)
		some := false
		for _, n := range l.days(l.from, l.to) {
			d, ok := l.Shown.Latest(app, n)
			if !ok {
				continue
			}
			some = true
			sum.Sessions += d.Sessions
			sum.IngestSeconds += d.IngestSeconds
			sum.ViewerSeconds += d.ViewerSeconds
			if d.ViewerSeconds > most {
				most, busiest[app] = d.ViewerSeconds, nil
			}
			if d.ViewerSeconds == most && most > 0 {
				busiest[app] = append(busiest[app], d.Date)
			}
		}
		numbers := []float64{nan(), nan(), nan(), nan()}
		if some {
			numbers = []float64{sessions(sum), ingest(sum), viewer(sum), audience(sum)}
		}
		rows = append(rows, tableRow{app, numbers})
	}
	names, err := l.named("App")
	if err != nil {
		return err
	}
	slices.SortFunc(rows, func(a, b tableRow) int { return slices.Index(names.Texts, a.name) - slices.Index(names.Texts, b.name) })
	if err := l.table(rows, "App", "Sessions", "Ingest", "Viewer time", "Average audience"); err != nil {
		return err
	}
	busy, _ := l.named("Busiest day") // where nobody watched anything, there is no column
	for i, app := range names.Texts {
		day := "–"
		if len(busy.Texts) > 0 {
			day = busy.Texts[i]
		}
		days := busiest[app]
		if len(days) == 0 {
			days = []string{"–"}
		}
		if !slices.Contains(days, day) {
			err = errors.Join(err, fmt.Errorf("the busiest day of %s is %q, want one of %q", app, day, days))
		}
		err = errors.Join(err, onlyThis(app, names.Links[i]))
	}
	return err
}

// answered tells whether an app was configured by the time of the last point's last word.
func (l look) answered(name string) bool {
	return slices.ContainsFunc(l.Configured(l.Midnight(l.last()+harness.WindowDays+1)), func(app history.App) bool { return app.Name == name })
}

// onlyThis expects a link to a dashboard that shows an app alone. What Grafana
// makes of a link is not encoded any more, so that names with what parts a
// query lead astray.
func onlyThis(app string, links []string) error {
	if strings.ContainsAny(app, "&#%+") {
		return nil
	}
	if len(links) != 1 {
		return fmt.Errorf("app %s has the links %q, want one", app, links)
	}
	_, query, _ := strings.Cut(links[0], "?")
	values, err := url.ParseQuery(query)
	if err == nil && !slices.Equal(values["var-app"], []string{app}) {
		err = fmt.Errorf("the link of app %s is %s", app, links[0])
	}
	return err
}
