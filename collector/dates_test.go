package collector_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestDates_DayAfter(t *testing.T) {
	for name, c := range map[string]struct{ eve, before, after string }{
		"a leap day comes": {"2000-02-28", "24 25 26 27 28", "25 26 27 28 29"},
		"a leap day ends":  {"2000-02-29", "25 26 27 28 29", "26 27 28 29 01"},
		"no leap day":      {"2001-02-28", "24 25 26 27 28", "25 26 27 28 01"},
		"a month ends":     {"2000-04-30", "26 27 28 29 30", "27 28 29 30 01"},
		"a year ends":      {"2000-12-31", "27 28 29 30 31", "28 29 30 31 01"},
	} {
		t.Run(name, func(t *testing.T) {
			withFixture(t, func(f *fixture) {
				eve, err := time.Parse(time.DateOnly, c.eve)
				if err != nil {
					t.Fatal(err)
				}
				var want []string
				for n := -4; n <= 1; n++ {
					day := eve.AddDate(0, 0, n)
					f.day(mainStage, day.Format(time.DateOnly), int64(10+n), 60, 3600)
					want = append(want, fmt.Sprintf("realtimekit_livestream_daily_sessions{app=%q,date=%q} %d", mainStage, day.Format(time.DateOnly), 10+n))
				}

				midnight := eve.AddDate(0, 0, 1)
				time.Sleep(time.Until(midnight) - time.Second)
				got := f.scrape()
				f.expectLines(got, want[:5]...)
				expectDates(t, got, c.before)
				f.expectRequests(2)

				time.Sleep(time.Second)
				got = f.scrape()
				f.expectLines(got, want[1:]...)
				expectDates(t, got, c.after)
				f.expectRequests(2)
			})
		})
	}
}

// expectDates compares the days of the month of the window and of an app's samples,
// in ascending order.
func expectDates(t *testing.T, exposition, want string) {
	t.Helper()
	const starts = "realtimekit_date_start_timestamp_seconds"
	var shown []string
	for i, sample := range samples(exposition, starts+"{") {
		_, date, _ := strings.Cut(sample, `date="`)
		day, err := time.Parse(time.DateOnly, date[:len(time.DateOnly)])
		if err != nil {
			t.Fatal(err)
		}
		if start := fmt.Sprint(float64(day.Unix())); !strings.HasSuffix(sample, "} "+start) {
			t.Errorf("day %d: got %s, want it to begin at %s", i, sample, start)
		}
		shown = append(shown, day.Format("02"))
	}
	if got := strings.Join(shown, " "); got != want {
		t.Errorf("the window is %s, want %s", got, want)
	}
	for _, family := range []string{"sessions", "ingest_seconds", "viewer_seconds"} {
		if got := dates(exposition, family, mainStage); got != want {
			t.Errorf("%s: got %s, want %s", family, got, want)
		}
	}
}
