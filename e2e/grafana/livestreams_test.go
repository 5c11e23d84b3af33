package grafana

import (
	"slices"
	"time"
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

func threeDays(l look) error {
	var rows []tableRow
	rows = l.ofTotal(rows, "Today", []int{l.last()})
	rows = l.ofTotal(rows, "Yesterday", []int{l.last() - 1})
	rows = l.ofTotal(rows, "Same weekday last week", []int{l.last() - 7})
	return l.table(rows, "Days", "Sessions", "Ingest", "Viewer time", "Average audience")
}

func twoMonths(l look) error {
	end := l.Midnight(l.last())
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
			if d, ok := l.Shown.Latest(app, n); ok && n < 0 {
				on := l.Midnight(n).Weekday()
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
