package e2e

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
)

// livestreams is what the panels of the dashboard have to show. A panel that is
// not here fails the test.
func livestreams() map[string]expectation {
	return map[string]expectation{
		"Sessions":         totalOf(sessions, 0, " sessions", "day"),
		"Ingest time":      totalOf(ingest, 1, " h", "day"),
		"Viewer time":      totalOf(viewer, 1, " h", "day"),
		"Average audience": totalOf(audience, 1, " viewers", "ingest"),

		"Sessions per day":         bars(sessions),
		"Ingest per day":           bars(ingest),
		"Viewer time per day":      bars(viewer),
		"Average audience per day": bars(audience),

		"Sessions per day, recorded":         barsOf(sessions, whole, recorded),
		"Ingest per day, recorded":           barsOf(ingest, whole, recorded),
		"Viewer time per day, recorded":      barsOf(viewer, whole, recorded),
		"Average audience per day, recorded": barsOf(audience, whole, recorded),

		"Today, yesterday, a week ago": threeDays,
		"Month to date, last month":    twoMonths,
		"Weekday profile":              weekdays,
		"Apps":                         all(appsTable, dataAges),
	}
}

// table compares the rows of a table, that are in an order of their own: the
// first column names the row, the others are numbers.
func (l look) table(want []tableRow, columns ...string) error {
	names, err := l.named(columns[0])
	if len(want) == 0 && len(names.Values) == 0 {
		return nil // no frame, or one without rows
	}
	if err != nil {
		return err
	}
	var wantNames []string
	wanted, got := map[string]float64{}, map[string]float64{}
	for _, r := range want {
		wantNames = append(wantNames, r.name)
		for i, v := range r.numbers {
			wanted[r.name+", "+columns[i+1]] = v
		}
	}
	if !slices.Equal(names.Texts, wantNames) {
		return fmt.Errorf("its rows are %q, want %q", names.Texts, wantNames)
	}
	for _, column := range columns[1:] {
		f, _ := l.named(column) // where there is nothing, there is no column
		for i, v := range f.numbers() {
			got[names.Texts[i]+", "+column] = v
		}
	}
	return near(got, wanted)
}

type tableRow struct {
	name    string
	numbers []float64
}

// ofTotal makes a row of days of all chosen apps, if any is known.
func (l look) ofTotal(rows []tableRow, name string, days []int, more ...float64) []tableRow {
	d, ok := l.total(days)
	if !ok {
		return rows
	}
	return append(rows, tableRow{name, append([]float64{sessions(d), ingest(d), viewer(d), audience(d)}, more...)})
}

// last is the day in which the range ends.
func (l look) last() int { return l.number(l.to.Add(-time.Millisecond)) }

func threeDays(l look) error {
	var rows []tableRow
	rows = l.ofTotal(rows, "Today", []int{l.last()})
	rows = l.ofTotal(rows, "Yesterday", []int{l.last() - 1})
	rows = l.ofTotal(rows, "Same weekday last week", []int{l.last() - 7})
	return l.table(rows, "Days", "Sessions", "Ingest", "Viewer time", "Average audience")
}

func twoMonths(l look) error {
	end := l.day(l.last())
	this := time.Date(end.Year(), end.Month(), 1, 0, 0, 0, 0, time.UTC)
	before := this.AddDate(0, -1, 0)
	var rows []tableRow
	for _, month := range []struct {
		name     string
		from, to time.Time
	}{{"Month to date", this, end.Add(time.Hour)}, {"Last month", before, this}} {
		days := slices.DeleteFunc(l.days(month.from, month.to), func(n int) bool {
			_, known := l.total([]int{n})
			return !known
		})
		rows = l.ofTotal(rows, month.name, days, float64(len(days)))
	}
	return l.table(rows, "Days", "Sessions", "Ingest", "Viewer time", "Average audience", "Days known")
}

// weekdays expects each app's mean of the days that are over, added up.
func weekdays(l look) error {
	sums := map[time.Weekday][]float64{}
	for _, app := range l.selected() {
		counts, of := map[time.Weekday]float64{}, map[time.Weekday][]float64{}
		for _, n := range l.days(l.from, l.to) {
			if d, ok := l.known.shown(app, n); ok && n < 0 {
				on := l.day(n).Weekday()
				counts[on]++
				of[on] = plus(of[on], 1, sessions(d), ingest(d), viewer(d))
			}
		}
		for on, values := range of {
			sums[on] = plus(sums[on], 1/counts[on], values...)
		}
	}
	var rows []tableRow
	for i := range 7 {
		on := time.Weekday((i + 1) % 7) // Monday first
		if sums[on] != nil {
			rows = append(rows, tableRow{on.String(), sums[on]})
		}
	}
	return l.table(rows, "Weekday", "Sessions", "Ingest", "Viewer time")
}

func plus(sums []float64, times float64, values ...float64) []float64 {
	if sums == nil {
		sums = make([]float64, len(values))
	}
	for i, v := range values {
		sums[i] += times * v
	}
	return sums
}

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
			d, ok := l.known.shown(app, n)
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
	day, err := l.named("Busiest day")
	if err != nil && len(busiest) == 0 {
		return nil // without a day there is no column
	}
	if err != nil {
		return err
	}
	for i, app := range names.Texts {
		days := busiest[app]
		if len(days) == 0 {
			days = []string{"–", ""}
		}
		if !slices.Contains(days, day.Texts[i]) {
			err = errors.Join(err, fmt.Errorf("the busiest day of %s is %q, want one of %q", app, day.Texts[i], days))
		}
		err = errors.Join(err, onlyThis(app, names.Links[i]))
	}
	return err
}

// answered tells whether an app was configured by the time of the last point's last word.
func (l look) answered(name string) bool {
	return slices.ContainsFunc(l.configured(l.day(l.last()+windowDays+1)), func(app storyApp) bool { return app.name == name })
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
