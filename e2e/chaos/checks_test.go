package chaos

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness"
)

// checks compare what Prometheus stored with what the API returned.
type checks struct {
	*chaos
	prom     harness.Prometheus
	from, to time.Time
	times    []time.Time // of the scrapes
}

// A sample of a series at a time.
type sample struct {
	labels map[string]string
	at     time.Time
	value  float64
}

// history returns all samples of a selector since the chaos began.
func (v *checks) history(ctx context.Context, selector string) (all []sample, err error) {
	var data struct{ Result []harness.Series }
	promql := fmt.Sprintf("%s[%dms]", selector, v.to.Sub(v.from).Milliseconds())
	at := strconv.FormatFloat(float64(v.to.UnixMilli())/1000, 'f', 3, 64)
	if err := v.prom.Fetch(ctx, "query", url.Values{"query": {promql}, "time": {at}}, &data); err != nil {
		return nil, err
	}
	for _, s := range data.Result {
		for _, value := range s.Values {
			at, n, err := harness.Point(value)
			if err != nil {
				return nil, err
			}
			all = append(all, sample{s.Metric, at, n})
		}
	}
	return all, nil
}

func (v *checks) mustHistory(t *testing.T, selector string) []sample {
	t.Helper()
	all, err := v.history(t.Context(), selector)
	if err != nil {
		t.Fatal(err)
	}
	if len(all) == 0 {
		t.Fatalf("%s: no samples", selector)
	}
	return all
}

// scrapes checks that every scrape, one per second, succeeded.
func (v *checks) scrapes(t *testing.T) {
	t.Helper()
	for _, s := range v.mustHistory(t, "up") {
		v.times = append(v.times, s.at)
		if s.value != 1 {
			t.Errorf("%v: up was %v", s.at, s.value)
		}
	}
	slowest := 0.0
	for _, s := range v.mustHistory(t, "scrape_duration_seconds") {
		slowest = max(slowest, s.value)
	}
	t.Logf("%d scrapes in %v, the slowest in %.3f s", len(v.times), v.to.Sub(v.from), slowest)
	if want := int(v.to.Sub(v.from) / time.Second); len(v.times) < want*9/10 {
		t.Errorf("%d scrapes, want about %d", len(v.times), want)
	}
}

// numbers checks that the API returned each number for that app and day before the scrape
// ended, and shortly before for the app of the separate account.
func (v *checks) numbers(t *testing.T) {
	t.Helper()
	const tolerance = 1500 * time.Millisecond // a sample has the time at which the scrape began; it may take a second
	checked, wrong, oldest := 0, 0, time.Duration(0)
	for _, app := range v.all() {
		for measure := range harness.Measures(apitest.Day{}) {
			for _, s := range v.mustHistory(t, fmt.Sprintf("%s%s{app=%q}", harness.Daily, measure, app)) {
				checked++
				given, ok := v.recorder.lastBefore(dayValue{app, measure, s.labels["date"], s.value}, s.at.Add(tolerance))
				age := s.at.Add(tolerance).Sub(given)
				if app == separate && ok {
					oldest = max(oldest, age)
				}
				if ok && (app != separate || age < ageOfSeparate*time.Second) {
					continue
				}
				if wrong++; wrong < 10 {
					t.Errorf("%v: %s of %s on %s is %v; the API gave that: %t, last at %v", s.at, measure, app, s.labels["date"], s.value, ok, given)
				}
			}
		}
	}
	t.Logf("%d numbers checked, %d of them wrong; the oldest value of %s was requested %v before the scrape ended", checked, wrong, separate, oldest)
}

// gaps checks that each scrape had every number of a healthy app, for each day of the
// window. Around midnight, the day of a scrape is uncertain.
func (v *checks) gaps(t *testing.T, app string) {
	t.Helper()
	const uncertain = 15 * time.Second
	missing := 0
	for measure := range harness.Measures(apitest.Day{}) {
		there := map[string]map[time.Time]bool{}
		for _, s := range v.mustHistory(t, fmt.Sprintf("%s%s{app=%q}", harness.Daily, measure, app)) {
			date := s.labels["date"]
			if there[date] == nil {
				there[date] = map[time.Time]bool{}
			}
			there[date][s.at] = true
		}
		for _, at := range v.times {
			first, last := 1-chaosDays, at.UTC()
			if before := at.Add(-uncertain).UTC(); before.Day() != at.Add(uncertain).UTC().Day() {
				first, last = first+1, before // today may not be there yet, the first day may have gone
			}
			for n := first; n <= 0; n++ {
				if date := last.AddDate(0, 0, n).Format(time.DateOnly); !there[date][at] {
					if missing++; missing < 10 {
						t.Errorf("%v: %s of %s on %s is missing", at, measure, app, date)
					}
				}
			}
		}
	}
	t.Logf("%s: %d gaps", app, missing)
}

// memory checks that memory in the last quarter of the time is not above the first.
func (v *checks) memory(t *testing.T) {
	t.Helper()
	for name, slack := range map[string]float64{"process_resident_memory_bytes": 32 << 20, "go_goroutines": 40} {
		var most, latest [4]float64
		all := v.mustHistory(t, name)
		slices.SortFunc(all, func(a, b sample) int { return a.at.Compare(b.at) })
		for i, s := range all {
			q := i * 4 / len(all)
			most[q], latest[q] = max(most[q], s.value), s.value
		}
		t.Logf("%s: the most in each quarter of the time was %.0f, the last in each %.0f", name, most, latest)
		if most[3] > most[0]+slack {
			t.Errorf("%s grew from %.0f to %.0f", name, most[0], most[3])
		}
	}
}
