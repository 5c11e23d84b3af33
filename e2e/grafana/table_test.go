package grafana

import (
	"fmt"
	"slices"
	"time"
)

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
func (l look) last() int { return l.Number(l.to.Add(-time.Millisecond)) }
