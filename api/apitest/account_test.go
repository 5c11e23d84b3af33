package apitest_test

import (
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
)

func TestAccount_InstancesHaveTheSameDays(t *testing.T) {
	a, b := apitest.Demo(at(noon())), apitest.Demo(at(noon().AddDate(0, 1, 0)))
	start, end := noon().AddDate(-1, 0, 0), noon().AddDate(0, 0, -1)
	for _, id := range apitest.DemoAppIDs() {
		if x, y := a.Days(id, start, end), b.Days(id, start, end); len(x) == 0 || !slices.Equal(x, y) {
			t.Errorf("%s: %v and %v", id, x, y)
		}
	}
}

// Golden files of other packages contain the numbers.
func TestAccount_SeedIsStable(t *testing.T) {
	day := time.Date(2023, time.July, 15, 0, 0, 0, 0, time.UTC)
	want := []apitest.Day{{Date: "2023-07-15", Sessions: 14, IngestSeconds: 75899, ViewerSeconds: 2912754}}
	if got := newAPI(at(noon())).Days(app, day, day); !slices.Equal(got, want) {
		t.Errorf("got %+v", got)
	}
}

func TestAccount_DaysArePlausible(t *testing.T) {
	a := apitest.Demo(at(noon()))
	a.AddApp(apitest.DemoAccountID, "any-other")
	for _, id := range append(apitest.DemoAppIDs(), "any-other") {
		days := a.Days(id, noon().AddDate(-1, 0, 0), noon().AddDate(0, 0, -1))
		if len(days) < 5 || len(days) > 364 {
			t.Errorf("%s: %d days of a year have livestreams", id, len(days))
		}
		if !slices.IsSortedFunc(days, byDate) {
			t.Errorf("%s: not in order of date", id)
		}
		for _, d := range days {
			if d.Sessions < 1 || d.Sessions > 60 || d.IngestSeconds < 60*d.Sessions || d.ViewerSeconds < d.IngestSeconds {
				t.Errorf("%s: %+v", id, d)
			}
		}
	}
}

func TestDemo_AppsHaveDifferentProfiles(t *testing.T) {
	a := apitest.Demo(at(noon()))
	daysOf := func(id string) (weekdays, weekend int) {
		for _, d := range a.Days(id, noon().AddDate(-1, 0, 0), noon()) {
			switch date, _ := time.Parse(time.DateOnly, d.Date); date.Weekday() {
			case time.Saturday, time.Sunday:
				weekend++
			default:
				weekdays++
			}
		}
		return weekdays, weekend
	}
	if weekdays, weekend := daysOf("demo-webinars"); weekdays < 200 || weekend != 0 {
		t.Errorf("webinars on %d weekdays and %d days of a weekend", weekdays, weekend)
	}
	if weekdays, weekend := daysOf("demo-concerts"); weekend < 70 || weekdays > weekend {
		t.Errorf("concerts on %d weekdays and %d days of a weekend", weekdays, weekend)
	}
	if weekdays, weekend := daysOf("demo-town-hall"); weekdays > 53 || weekend != 0 {
		t.Errorf("town-halls on %d weekdays and %d days of a weekend", weekdays, weekend)
	}
}

// The demo, its tests and the pictures in docs show every app, on any date.
func TestDemo_EveryAppHasRowsOnAnyDate(t *testing.T) {
	const window = 35 // days, the exporter's default
	now := time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)
	a := apitest.Demo(func() time.Time { return now })
	for ; now.Year() < 2046; now = now.AddDate(0, 0, 1) {
		for _, id := range apitest.DemoAppIDs() {
			if len(a.Days(id, now.AddDate(0, 0, 1-window), now)) == 0 {
				t.Errorf("%s has no rows in the %d days to %s", id, window, now.Format(time.DateOnly))
			}
		}
	}
}

func TestDemo_TokenIsAccepted(t *testing.T) {
	if !regexp.MustCompile(`^[0-9a-f]{32}$`).MatchString(apitest.DemoAccountID) {
		t.Error(apitest.DemoAccountID)
	}
}

func TestAccount_TodayGrowsUntilMidnight(t *testing.T) {
	midnight := noon().Truncate(24 * time.Hour)
	now := midnight
	a := apitest.Demo(func() time.Time { return now })
	a.AddApp(apitest.DemoAccountID, app)
	for _, id := range append(apitest.DemoAppIDs(), app) {
		final := apitest.Demo(at(midnight.AddDate(0, 0, 7)))
		final.AddApp(apitest.DemoAccountID, app)

		now = midnight
		if got := a.Days(id, midnight, midnight); got != nil {
			t.Errorf("%s: the day starts with %v", id, got)
		}
		var last apitest.Day
		grew := 0
		for ; now.Before(midnight.AddDate(0, 0, 1)); now = now.Add(7 * time.Minute) {
			var d apitest.Day
			if got := a.Days(id, midnight, midnight); len(got) == 1 {
				d = got[0]
			}
			if d.Sessions < last.Sessions || d.IngestSeconds < last.IngestSeconds || d.ViewerSeconds < last.ViewerSeconds {
				t.Fatalf("%s: %v after %v", id, d, last)
			}
			if d != last {
				grew++
			}
			last = d
		}
		now = midnight.AddDate(0, 0, 1)
		got, want := a.Days(id, midnight, midnight), final.Days(id, midnight, midnight)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v at midnight, %v a week later", id, got, want)
		}
		if len(want) > 0 && grew < 3 {
			t.Errorf("%s: grew only %d times", id, grew)
		}
	}
}

func TestRestate_ChangesOneDay(t *testing.T) {
	a := newAPI(at(noon()))
	for name, tt := range map[string]struct {
		day  apitest.Day
		want bool
	}{
		"replaces the day":             {apitest.Day{Date: "2026-03-10", Sessions: 1, IngestSeconds: 2, ViewerSeconds: 3}, true},
		"stops today":                  {apitest.Day{Date: "2026-03-18", Sessions: 1}, true},
		"without anything has no row":  {apitest.Day{Date: "2026-03-11"}, false},
		"of tomorrow is not yet there": {apitest.Day{Date: "2026-03-19", Sessions: 1}, false},
	} {
		t.Run(name, func(t *testing.T) {
			a.SetDay(app, tt.day)
			date, _ := time.Parse(time.DateOnly, tt.day.Date)
			got := a.Days(app, date, date.AddDate(0, 0, 1).Add(-time.Second))
			if tt.want && !slices.Equal(got, []apitest.Day{tt.day}) || !tt.want && got != nil {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestRestate_InvalidDate(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a date in another form was taken")
		}
	}()
	newAPI(at(noon())).SetDay(app, apitest.Day{Date: "18.3.2026"})
}

func TestAccount_UnknownApp(t *testing.T) {
	a := newAPI(at(noon()))
	a.SetDay("nothing", apitest.Day{Date: "2026-03-10", Sessions: 1})
	if got := a.Days("nothing", noon().AddDate(0, 0, -30), noon()); got != nil {
		t.Error(got)
	}
}
