package collector_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector"
)

// at replaces the exporter by one whose clock differs from the API's.
func (f *fixture) at(ahead *time.Duration) {
	f.registry = prometheus.NewRegistry()
	logger := level.NewFilter(log.NewLogfmtLogger(log.NewSyncWriter(&f.log)), level.AllowInfo())
	f.exporter = collector.New(f.Context(), logger, f.registry, func() time.Time { return time.Now().Add(*ahead) })
	f.exporter.Apply(f.plan)
}

func TestDays_NoZeroAfterTheDayOfTheServer(t *testing.T) {
	const day = 24 * time.Hour
	for name, c := range map[string]struct {
		ahead    time.Duration
		override http.Handler
		want     string
	}{
		"clocks agree":                {0, nil, "07 08 09 10"},
		"a day ahead":                 {day, nil, "07 08 09 10"},
		"three days ahead":            {3 * day, nil, "09 10"},
		"a day behind":                {-day, nil, "07 08 09"},
		"two days behind":             {-2 * day, nil, "04 05 06 07 08"},
		"ahead, Date unparsable":      {day, dated("tomorrow"), "07 08 09 10 11"},
		"ahead, Date missing":         {day, dated(""), "07 08 09 10 11"},
		"Date of yesterday, rows":     {0, dated("Sun, 09 Jan 2000 23:00:00 GMT"), "07 08 09 10"},
		"Date before all rows":        {0, dated("Sat, 01 Jan 2000 23:00:00 GMT"), "07 10"},
		"Date of tomorrow":            {0, dated("Tue, 11 Jan 2000 23:00:00 GMT"), "07 08 09 10"},
		"ahead, Date in another form": {day, dated("Monday, 10-Jan-00 12:00:00 GMT"), "07 08 09 10"},
	} {
		t.Run(name, func(t *testing.T) {
			withFixture(t, func(f *fixture) {
				f.sim.Override(mainStage+"-id", c.override)
				f.at(&c.ahead)
				got := f.scrape()
				for _, family := range []string{"sessions", "ingest_seconds", "viewer_seconds"} {
					if days := dates(got, family, mainStage); days != c.want {
						t.Errorf("%s: got %s, want %s", family, days, c.want)
					}
				}
				var known []string
				report := f.status(mainStage)
				for _, d := range report.Lines() {
					if d.Known() {
						known = append(known, d.Label[len("2000-01-"):])
					}
				}
				if status := strings.Join(known, " "); status != c.want {
					t.Errorf("the status has %s, want %s", status, c.want)
				}
			})
		})
	}
}

// dated responds with two rows and this Date.
func dated(date string) http.Handler {
	header := http.Header{"Date": {date}}
	if date == "" {
		header["Date"] = nil
	}
	return apitest.Status(http.StatusOK, header, `{"success":true,"data":[{"date":"2000-01-07","count":3},{"date":"2000-01-10","count":2}]}`)
}

func TestClock_DifferenceIsLoggedOncePerChange(t *testing.T) {
	withFixture(t, func(f *fixture) {
		var ahead time.Duration
		f.at(&ahead)
		const again = `level=info msg="clock agrees with the API's again"` + "\n"
		off := func(difference string) string {
			return `level=warn msg="clock differs from the API's, check the time of this host" difference=` + difference + "\n"
		}
		for _, step := range []struct {
			ahead   time.Duration
			respond http.Handler
			want    string
		}{
			{5 * time.Minute, nil, ""},
			{5*time.Minute + 2*time.Second, nil, off("5m2s")},
			{time.Hour, nil, ""}, // already logged
			{time.Hour, dated(""), ""},
			{time.Hour, nil, ""},
			{0, nil, again},
			{-time.Hour, nil, off("-1h0m0s")},
			{0, nil, again},
		} {
			f.log.Reset()
			ahead = step.ahead
			f.sim.Override(mainStage+"-id", step.respond)
			f.sim.Override(studio+"-id", step.respond)
			time.Sleep(15 * time.Minute)
			f.scrape()
			if f.log.String() != step.want {
				t.Errorf("%v ahead: logged %s, want %s", step.ahead, &f.log, step.want)
			}
		}

		// Neither a slow response nor one without a Date says that the clock is wrong.
		f.log.Reset()
		f.plan.Timeout = time.Hour
		f.exporter.Apply(f.plan)
		f.sim.Override(mainStage+"-id", apitest.Slow(10*time.Minute, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			dated(time.Now().UTC().Format(http.TimeFormat)).ServeHTTP(rw, r)
		})))
		f.sim.Override(studio+"-id", dated(""))
		time.Sleep(15 * time.Minute)
		f.scrape()
		time.Sleep(15 * time.Minute)
		f.expectLines(f.scrape(), `realtimekit_report_rows{app="main-stage",report="livestreams"} 2`, `realtimekit_report_rows{app="studio",report="livestreams"} 2`)
		if f.log.Len() > 0 {
			t.Errorf("logged %s", &f.log)
		}
	})
}

func TestRows_WithoutADateAreSkippedCountedAndLoggedOncePerChange(t *testing.T) {
	withFixture(t, func(f *fixture) {
		respond := func(nulls int) {
			rows := strings.Repeat(`{"date":null,"count":7},`, nulls) + `{"date":"2000-01-09","count":1,"total_viewer_seconds":24.4}`
			f.sim.Override(mainStage+"-id", apitest.Body(`{"data":[`+rows+`]}`))
		}
		line := func(logged string, rows int) string {
			return fmt.Sprintf("level=%s msg=\"rows without a date skipped\" app=main-stage report=livestreams rows=%d\n", logged, rows)
		}
		for _, step := range []struct {
			nulls int
			want  string
		}{{0, ""}, {2, line("warn", 2)}, {2, ""}, {3, line("warn", 3)}, {0, line("info", 0)}, {0, ""}} {
			f.log.Reset()
			respond(step.nulls)
			time.Sleep(15 * time.Minute)
			for range 2 {
				f.expectLines(f.scrape(),
					fmt.Sprintf(`realtimekit_report_rows_skipped{app="main-stage",report="livestreams"} %d`, step.nulls),
					`realtimekit_report_rows{app="main-stage",report="livestreams"} 1`,
					`realtimekit_report_up{app="main-stage",report="livestreams"} 1`,
					`realtimekit_livestream_daily_sessions{app="main-stage",date="2000-01-09"} 1`,
					`realtimekit_livestream_daily_viewer_seconds{app="main-stage",date="2000-01-09"} 24.4`)
			}
			if f.log.String() != step.want {
				t.Errorf("%d rows: logged %s, want %s", step.nulls, &f.log, step.want)
			}
			if r := f.status(mainStage); r.Skipped != step.nulls || r.Rows != 1 {
				t.Errorf("%d rows: the status has %d and %d", step.nulls, r.Rows, r.Skipped)
			}
		}
	})
}
