package backfill

import (
	"fmt"
	"maps"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector"
)

func TestRun_Output(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim := newAPI("concerts", `"talks"`, "empty")
		sim.SetDay("concerts", apitest.Day{Date: "1999-12-25", Sessions: 4, IngestSeconds: 531, ViewerSeconds: 9_000_000_123})
		sim.SetDay("concerts", row("1999-12-27"))
		sim.SetDay(`"talks"`, row("1999-12-29"))
		sim.SetDay(`"talks"`, row("1999-12-31")) // yesterday
		output, lines, err := run(t, newPlan(sim, nil, `"talks"`, "concerts", "empty"), span(t, "1999-12-24", "1999-12-29"))
		if err != nil {
			t.Fatal(err)
		}
		// 1999-12-26 12:00 UTC is 946209600.
		const want = `# TYPE app:realtimekit_livestream_daily_sessions:yesterday gauge
app:realtimekit_livestream_daily_sessions:yesterday{app="\"talks\""} 1.0 9.465552e+08
app:realtimekit_livestream_daily_sessions:yesterday{app="concerts"} 4.0 9.462096e+08
app:realtimekit_livestream_daily_sessions:yesterday{app="concerts"} 0.0 9.46296e+08
app:realtimekit_livestream_daily_sessions:yesterday{app="concerts"} 1.0 9.463824e+08
app:realtimekit_livestream_daily_sessions:yesterday{app="concerts"} 0.0 9.464688e+08
app:realtimekit_livestream_daily_sessions:yesterday{app="concerts"} 0.0 9.465552e+08
# TYPE app:realtimekit_livestream_daily_ingest_seconds:yesterday gauge
app:realtimekit_livestream_daily_ingest_seconds:yesterday{app="\"talks\""} 60.0 9.465552e+08
app:realtimekit_livestream_daily_ingest_seconds:yesterday{app="concerts"} 531.0 9.462096e+08
app:realtimekit_livestream_daily_ingest_seconds:yesterday{app="concerts"} 0.0 9.46296e+08
app:realtimekit_livestream_daily_ingest_seconds:yesterday{app="concerts"} 60.0 9.463824e+08
app:realtimekit_livestream_daily_ingest_seconds:yesterday{app="concerts"} 0.0 9.464688e+08
app:realtimekit_livestream_daily_ingest_seconds:yesterday{app="concerts"} 0.0 9.465552e+08
# TYPE app:realtimekit_livestream_daily_viewer_seconds:yesterday gauge
app:realtimekit_livestream_daily_viewer_seconds:yesterday{app="\"talks\""} 120.0 9.465552e+08
app:realtimekit_livestream_daily_viewer_seconds:yesterday{app="concerts"} 9.000000123e+09 9.462096e+08
app:realtimekit_livestream_daily_viewer_seconds:yesterday{app="concerts"} 0.0 9.46296e+08
app:realtimekit_livestream_daily_viewer_seconds:yesterday{app="concerts"} 120.0 9.463824e+08
app:realtimekit_livestream_daily_viewer_seconds:yesterday{app="concerts"} 0.0 9.464688e+08
app:realtimekit_livestream_daily_viewer_seconds:yesterday{app="concerts"} 0.0 9.465552e+08
# EOF
`
		if output != want {
			t.Errorf("got\n%s\nwant\n%s", output, want)
		}
		for _, want := range []string{
			"backfilling 3 apps from 1999-12-24 to 1999-12-29: 3 requests, less than a minute\n",
			"wrote 18 samples of 3 apps from 1999-12-24 to 1999-12-29\n",
			"--storage.tsdb.retention.time of Prometheus is at least 9d: ",
			"\n   promtool tsdb create-blocks-from openmetrics --max-block-duration=486h FILE DIRECTORY\n",
		} {
			if strings.Count(lines, want) != 1 {
				t.Errorf("%q is missing in\n%s", want, lines)
			}
		}
	})
}

// sessions reads the sessions of an app from an output, by date.
func sessions(t *testing.T, output, app string) map[string]string {
	t.Helper()
	found := make(map[string]string)
	sample := regexp.MustCompile(`(?m)^app:realtimekit_livestream_daily_sessions:yesterday\{app="` + app + `"\} (\S+)\.0 (\S+)$`)
	for _, m := range sample.FindAllStringSubmatch(output, -1) {
		at, err := strconv.ParseFloat(m[2], 64)
		if err != nil {
			t.Fatal(err)
		}
		found[time.Unix(int64(at), 0).Add(-36*time.Hour).UTC().Format(time.DateOnly)] = m[1]
	}
	return found
}

func TestRun_OutputDoesNotDependOnChunks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim := newAPI("main")
		// The first 31 days have no row, the next ones begin in the middle, and the last ones
		// have none.
		sim.SetDay("main", row("1999-04-10"))
		sim.SetDay("main", row("1999-06-01"))
		output, _, err := run(t, newPlan(sim, nil, "main"), span(t, "1999-03-01", "1999-08-15"))
		if err != nil {
			t.Fatal(err)
		}
		want := make(map[string]string)
		for d := time.Date(1999, 4, 10, 0, 0, 0, 0, time.UTC); d.Before(time.Date(1999, 8, 16, 0, 0, 0, 0, time.UTC)); d = d.AddDate(0, 0, 1) {
			want[d.Format(time.DateOnly)] = "0"
		}
		want["1999-04-10"], want["1999-06-01"] = "1", "1"
		if got := sessions(t, output, "main"); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("got\n%v\nwant\n%v", got, want)
		}

		// Every day is requested once, in windows of whole days.
		first := time.Date(1999, 3, 1, 0, 0, 0, 0, time.UTC).Unix()
		next, days := first, 0
		for _, r := range sim.Requests() {
			start, _ := strconv.ParseInt(r.Query.Get("start_time"), 10, 64)
			end, _ := strconv.ParseInt(r.Query.Get("end_time"), 10, 64)
			if n := (end + 1 - start) / 86400; start != next || (end+1-start)%86400 != 0 || n < 1 || n > 31 {
				t.Errorf("requested %d to %d, want days from %d", start, end, next)
			}
			next = end + 1
			days += int((end + 1 - start) / 86400)
		}
		if n := len(sim.Requests()); n != 6 || days != 168 {
			t.Errorf("%d requests for %d days, want 6 for 168", n, days)
		}
	})
}

func TestRun_NoRowsNoSamples(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		output, lines, err := run(t, newPlan(newAPI("main"), nil, "main"), span(t, "1999-12-01", ""))
		if output != "# EOF\n" || err != nil || !strings.Contains(lines, "the API has no rows from 1999-12-01 to 1999-12-30: there is nothing to import\n") || strings.Contains(lines, "promtool") {
			t.Errorf("got %q, %v and\n%s", output, err, lines)
		}
	})
}

func TestRun_RowsWithoutDate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim := newAPI("main")
		sim.Override("main", apitest.Body(`{"success":true,"data":[{"date":null},{"date":"1999-12-29","count":3}]}`))
		output, lines, err := run(t, newPlan(sim, nil, "main"), span(t, "1999-12-01", ""))
		if got := sessions(t, output, "main"); fmt.Sprint(got) != "map[1999-12-29:3 1999-12-30:0]" || err != nil || !strings.Contains(lines, "app main: 1 row without a date skipped in the report livestreams\n") {
			t.Errorf("got %v, %v and\n%s", got, err, lines)
		}
	})
}

func TestRun_FailingAppIsLeftOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim := newAPI("good", "late")
		for _, app := range []string{"good", "late", "gone"} {
			sim.SetDay(app, row("1999-10-01"))
		}
		requests := 0
		sim.Override("late", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if requests++; requests == 3 { // the last one
				apitest.Error(http.StatusNotFound, 7003, "no").ServeHTTP(w, r)
				return
			}
			apitest.Healthy().ServeHTTP(w, r)
		}))
		output, lines, err := run(t, newPlan(sim, nil, "good", "late", "gone"), span(t, "1999-10-01", ""))
		if n := len(sessions(t, output, "good")); n != 91 || !strings.HasSuffix(output, "\n# EOF\n") {
			t.Errorf("got %d days of the good app:\n%s", n, output)
		}
		if strings.Contains(output, "late") || strings.Contains(output, "gone") {
			t.Errorf("an app that failed is in\n%s", output)
		}
		for _, want := range []string{"app late is left out: app late not found in account studio", "app gone is left out: app gone not found", "wrote 273 samples of 1 app from", "promtool"} {
			if strings.Count(lines, want) != 1 {
				t.Errorf("%q is missing in\n%s", want, lines)
			}
		}
		if fmt.Sprint(err) != "2 of 3 apps failed" {
			t.Errorf("got %v", err)
		}
	})
}

func TestRun_EveryAppFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		output, lines, err := run(t, newPlan(newAPI(), nil, "gone"), span(t, "1999-12-01", ""))
		if output != "" || fmt.Sprint(err) != "1 of 1 app failed: nothing was written" || strings.Contains(lines, "promtool") {
			t.Errorf("got %q, %v and\n%s", output, err, lines)
		}
	})
}

func TestRun_NoToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim := newAPI("main")
		p := newPlan(sim, nil, "main")
		p.Accounts[0].Token = noToken
		output, lines, err := run(t, p, span(t, "1999-12-01", ""))
		if output != "" || fmt.Sprint(err) != "1 of 1 app failed: nothing was written" || !strings.Contains(lines, "app main is left out: the file does not exist\n") || len(sim.Requests()) != 0 {
			t.Errorf("got %q, %v, %d requests and\n%s", output, err, len(sim.Requests()), lines)
		}
	})
}

func TestSpan_Errors(t *testing.T) {
	for days, want := range map[string]string{
		"1999-12-31 ":           "--from=1999-12-31: expected 1999-12-30, the day before yesterday (UTC), or an earlier date",
		"2001-01-01 ":           "--from=2001-01-01: expected 1999-12-30, the day before yesterday (UTC), or an earlier date",
		"1999-12-01 1999-12-31": "--to=1999-12-31: expected 1999-12-30, the day before yesterday (UTC), or an earlier date, so that the samples are older than those in Prometheus's memory",
		"1999-12-01 2000-01-01": "--to=2000-01-01: expected 1999-12-30, the day before yesterday (UTC), or an earlier date, so that the samples are older than those in Prometheus's memory",
		"1999-12-02 1999-12-01": "--from=1999-12-02 is after --to=1999-12-01",
		"1969-12-31 1999-12-01": "--from=1969-12-31: expected 1970-01-01 or a later date",
		"1999-12-30 1999-12-30": "<nil>",
		"1999-12-30 ":           "<nil>",
		"1970-01-01 1970-01-01": "<nil>",
	} {
		synctest.Test(t, func(t *testing.T) {
			sim := newAPI("main")
			from, to, _ := strings.Cut(days, " ")
			output, _, err := run(t, newPlan(sim, nil, "main"), span(t, from, to))
			if fmt.Sprint(err) != want || err != nil && (output != "" || len(sim.Requests()) > 0) {
				t.Errorf("%s: got %v, want %s", days, err, want)
			}
		})
	}
}

func TestRecorded_NamesOfTheRules(t *testing.T) {
	text, err := os.ReadFile("../../../../dashboards/rules/recording.yml")
	if err != nil {
		t.Fatal(err)
	}
	rules, names := make(map[string]bool), make(map[string]bool)
	for _, m := range regexp.MustCompile(`(?m)^\s*- record: (app:\S+_daily_\S+:yesterday)$`).FindAllStringSubmatch(string(text), -1) {
		rules[m[1]] = true
	}
	for _, r := range collector.Reports() {
		for _, m := range r.Metrics {
			if r.Daily() && strings.Contains(string(text), m.Name) {
				names[recorded(m)] = true
			}
		}
	}
	if len(rules) < 3 || !maps.Equal(rules, names) {
		t.Errorf("the names are\n%v\nthe rules record\n%v", names, rules)
	}
}

// Meetings and recordings begin on different days, in different requests.
func TestRun_Meetings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim := newAPI("main")
		sim.SetDay("main", row("1999-12-29"))
		sim.SetMeetingDay("main", apitest.MeetingDay{Date: "1999-11-10", Sessions: 2, SessionSeconds: 90})
		sim.SetMeetingDay("main", apitest.MeetingDay{Date: "1999-12-28", Sessions: 1, SessionSeconds: 60, Recordings: 3, RecordingSeconds: 30})
		p := newPlan(sim, nil, "main")
		p.Reports = collector.Reports() // the report live is not by day
		output, lines, err := run(t, p, span(t, "1999-11-01", ""))
		if err != nil || len(sim.Requests()) != 4 {
			t.Errorf("got %v, %d requests and\n%s", err, len(sim.Requests()), lines)
		}
		for name, days := range map[string]int{
			"livestream_daily_sessions": 2, "meeting_daily_sessions": 51, "meeting_daily_seconds": 51, "recording_daily_recordings": 3, "recording_daily_seconds": 3,
		} {
			if n := strings.Count(output, "\napp:realtimekit_"+name+`:yesterday{app="main"} `); n != days {
				t.Errorf("%s: got %d days, want %d", name, n, days)
			}
		}
		// 1999-11-11 12:00 and 1999-12-29 12:00 UTC.
		for _, want := range []string{"meeting_daily_seconds:yesterday{app=\"main\"} 90.0 9.423216e+08\n", "recording_daily_seconds:yesterday{app=\"main\"} 30.0 9.464688e+08\n"} {
			if !strings.Contains(output, want) {
				t.Errorf("%q is missing in\n%s", want, output)
			}
		}
		if strings.Contains(output, "realtimekit_live_") {
			t.Errorf("the report live is in\n%s", output)
		}

		p.Reports = collector.Reports("live")
		if _, _, err := run(t, p, span(t, "1999-11-01", "")); fmt.Sprint(err) != "reports: expected at least one by day, for example livestreams" {
			t.Errorf("without a report by day: got %v", err)
		}
	})
}
