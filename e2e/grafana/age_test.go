package grafana

import (
	"fmt"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness"
	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness/history"
)

// dataAges expects for each app when its last good answer was fetched: the last that
// the look ahead of the range's last day reaches.
func dataAges(l look) error {
	names, err := l.named("App")
	if err != nil {
		return err
	}
	ages, err := l.named("Data age")
	if err != nil {
		return err
	}
	until := l.Midnight(l.last() + harness.WindowDays + 1)
	least, most := l.History.Now.Add(-time.Second), time.Now() // of the running exporter
	if until.Before(l.History.Now) {
		least = time.Time{}
		for _, instance := range []string{history.First, history.Other, history.Replacement} {
			if at := l.fetched(l.scrapesOf(instance), until); at.After(least) {
				least, most = at, at
			}
		}
	}
	for i, v := range ages.numbers() {
		if at := time.UnixMilli(int64(v)); at.Before(least) || at.After(most) {
			return fmt.Errorf("%s was fetched at %v, want %v to %v", names.Texts[i], at.UTC(), least, most)
		}
	}
	return nil
}
