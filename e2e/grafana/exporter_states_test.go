package grafana

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness"
	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness/history"
)

// cacheStats expects the configuration in force: of the stored exporters, or of the live one.
func cacheStats(l look) error {
	for _, s := range l.Stats {
		want := "3 days"
		if instance, ok := strings.CutPrefix(s.Title, "ttl · "); ok {
			want = map[bool]string{true: "15 mins", false: "1 min"}[isLive(instance)]
		}
		if s.Text != want {
			return fmt.Errorf("%s is %q, want %q", s.Title, s.Text, want)
		}
	}
	return nil
}

// loaded expects the stored exporters' configuration to be as old as they are.
func loaded(l look) error {
	for _, s := range l.Stats {
		want := float64(l.Midnight(history.FirstDay).UnixMilli())
		v := field{Values: []json.RawMessage{s.Value}}.numbers()[0]
		if isLive(s.Title) {
			want = min(max(v, float64(l.History.Now.UnixMilli()-1000)), float64(time.Now().UnixMilli()))
		}
		if v != want {
			return fmt.Errorf("%s is %v, want %v", s.Title, v, want)
		}
	}
	return nil
}

// reportAges expects in the table of reports how old each app's data is, and its rows.
func reportAges(l look) error {
	var columns []field
	for _, name := range []string{"App", "Exporter", "Age", "Age in TTLs", "Rows"} {
		f, err := l.named(name)
		if err != nil {
			return err
		}
		columns = append(columns, f)
	}
	var wrong error
	age, inTTLs, rows := columns[2].numbers(), columns[3].numbers(), columns[4].numbers()
	for i, instance := range columns[1].Texts {
		if isLive(instance) {
			continue
		}
		fetched := l.fetched(l.scrapesOf(instance), l.at())
		if want := l.at().Sub(fetched).Seconds(); math.Abs(age[i]-want) > 0.01 || math.Abs(inTTLs[i]-want/history.StoredTTL.Seconds()) > 0.01 {
			wrong = errors.Join(wrong, fmt.Errorf("%s at %s is %v s old, %v TTLs, want %v s", columns[0].Texts[i], instance, age[i], inTTLs[i], want))
		}
		if want := l.rowsOf(columns[0].Texts[i], fetched); rows[i] != want {
			wrong = errors.Join(wrong, fmt.Errorf("%s at %s has %v rows, want %v", columns[0].Texts[i], instance, rows[i], want))
		}
	}
	return wrong
}

// rowsOf counts the days of an answer that have a row.
func (l look) rowsOf(name string, at time.Time) (rows float64) {
	for _, app := range l.Apps {
		for n := l.Number(at) - harness.WindowDays + 1; app.Name == name && n <= l.Number(at); n++ {
			if d := l.Day(app, n, at); d != (apitest.Day{Date: d.Date}) {
				rows++
			}
		}
	}
	return rows
}
