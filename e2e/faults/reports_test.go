package faults

import (
	"errors"
	"fmt"
	"maps"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness"
)

// A reportFault is a fault of one endpoint, in an app of its own.
type reportFault struct {
	fault
	name, report string
	endpoint     apitest.Endpoint
}

// sharedFaults are a part of the faults of any endpoint: connections and classification
// are shared by all. Those of live quote nothing of a response.
func sharedFaults() map[string]fault {
	all := wireFaults()
	maps.Copy(all, statusFaults())
	maps.Copy(all, pauseFaults())
	some := map[string]fault{}
	for i, name := range slices.Sorted(maps.Keys(all)) {
		if i%4 == 0 && all[name].pause == 0 || name == "a 429 with Retry-After in seconds" {
			some[name] = all[name]
		}
	}
	return some
}

func meetingFaults() map[string]fault {
	stats := func(sessions string) string { return `{"success":true,"data":{"session_stats":` + sessions + `}}` }
	row := func(fields string) string { return stats(`{"day_stats":[{` + fields + `}]}`) }
	day := `"day":"` + yesterday() + `",`
	return map[string]fault{
		"data that is a list":      bad(envelope(), "data: found an array, not an object"),
		"stats that are a list":    bad(stats(`[]`), "data.session_stats: found an array, not an object"),
		"days that are an object":  bad(stats(`{"day_stats":{}}`), "data.session_stats.day_stats: found an object, not an array"),
		"a row that is null":       bad(stats(`{"day_stats":[null]}`), "data.session_stats.day_stats[0]: found null, not an object"),
		"another hour":             bad(row(`"day":"`+yesterday()+`T12:00:00Z"`), "data.session_stats.day_stats[0]: day: found neither YYYY-MM-DD nor a date-time at 00:00 UTC"),
		"sessions that are 1.5":    bad(row(day+`"total_sessions":1.5`), "data.session_stats.day_stats[0]: total_sessions: found a number that is not whole"),
		"minutes that are less":    bad(row(day+`"total_session_minutes":-1`), "data.session_stats.day_stats[0]: total_session_minutes: found a number that is not an unsigned number"),
		"minutes that are text":    bad(row(day+`"total_session_minutes":"1.5"`), "data.session_stats.day_stats[0]: total_session_minutes: found a string that is not a string of digits"),
		"a day twice":              bad(stats(`{"day_stats":[{`+day+`"total_sessions":1},{`+day+`"total_sessions":2}]}`), "data.session_stats.day_stats[1]: duplicate date "+yesterday()+" with different numbers"),
		"success that is missing":  bad(`{"data":{}}`, "success is missing"),
		"a body that is truncated": bad(`{"success":true,"data":{"session_stats":{`, "the text is not JSON, or truncated"),
	}
}

func liveFaults() map[string]fault {
	row := func(fields string) string { return `{"success":true,"data":{"sessions":[{` + fields + `}]}}` }
	return map[string]fault{
		"data that is a list":        bad(envelope(), "page 1: data: found an array, not an object"),
		"sessions that are text":     bad(`{"success":true,"data":{"sessions":"x"}}`, "page 1: data.sessions: found a string, not an array"),
		"a session without id":       bad(row(`"type":"meeting"`), "page 1: data.sessions[0]: id: is missing"),
		"a session without type":     bad(row(`"id":"1"`), "page 1: data.sessions[0]: type: found no identifier"),
		"a session that has ended":   bad(row(`"id":"1","type":"meeting","status":"ENDED"`), "page 1: data.sessions[0]: status: is not LIVE, although only live sessions were requested"),
		"participants that are less": bad(row(`"id":"1","type":"meeting","live_participants":-1`), "page 1: data.sessions[0]: live_participants: found a number that is not an unsigned number"),
		"more sessions than pages":   bad(`{"success":true,"data":{},"paging":{"total_count":1001}}`, "page 1: the list has more than 1000 sessions"),
		"fewer sessions than total":  bad(`{"success":true,"data":{},"paging":{"total_count":3}}`, "page 1: paging.total_count is 3, but the list ends after 0 sessions"),
		"a total that is text":       bad(`{"success":true,"data":{},"paging":{"total_count":"x"}}`, "page 1: paging.total_count: found a string that is not a string of digits"),
		"an error with a name": {
			response: apitest.Status(400, nil, harness.ErrorBody(1, "Board meeting")), reason: "client",
			text: `the API refused the request: check api.base_url (HTTP 400)`,
		},
	}
}

// reportFaults lists the faults of both endpoints, in a fixed order.
func reportFaults() (all []reportFault) {
	for _, of := range []struct {
		report   string
		endpoint apitest.Endpoint
		faults   map[string]fault
	}{{"meetings", apitest.MeetingDays, meetingFaults()}, {"live", apitest.Sessions, liveFaults()}} {
		maps.Copy(of.faults, sharedFaults())
		for _, name := range slices.Sorted(maps.Keys(of.faults)) {
			f := of.faults[name]
			if of.report == "live" { // its errors do not quote the response
				f.text, _, _ = strings.Cut(f.text, `: \"`)
			}
			all = append(all, reportFault{f, of.report + ", " + name, of.report, of.endpoint})
		}
	}
	return all
}

// Every report but one of each app works while the faults last, and all do afterwards.
func TestReportFaults_AffectOnlyTheirReport(t *testing.T) {
	t.Parallel()
	a, faults := harness.NewAccount(t), reportFaults()
	server := httptest.NewServer(a.API)
	t.Cleanup(server.Close)
	var b strings.Builder
	fmt.Fprintf(&b, "window_days: %d\nreports: [livestreams, meetings, live]\ncache: {ttl: 1s, live_ttl: 5s}\napi:\n  base_url: %s/client/v4\n", harness.WindowDays, server.URL)
	fmt.Fprintf(&b, "  timeout: %s\n  max_in_flight: 64\n  rate_limit: {requests: 1000, per: 10s}\naccounts:\n", apiTimeout)
	for i, f := range faults {
		app, account, token := fmt.Sprintf("app-%d", i), fmt.Sprintf("account-%d", i), fmt.Sprintf("token-%d", i)
		a.API.AddToken(token, account)
		a.API.AddEmptyApp(account, app)
		a.API.SetMeetingDay(app, apitest.MeetingDay{Date: a.Date(-1), Sessions: int64(i) + 1})
		a.API.SetLive(app, apitest.Session{ID: "1", Type: "meeting", Participants: int64(i) + 1})
		fmt.Fprintf(&b, "- {account_id: %s, api_token: %s, apps: [{app_id: %s, name: %q}]}\n", account, token, app, f.name)
	}
	harness.WriteFile(t, filepath.Join(filepath.Dir(a.Config), "config.yml"), b.String())
	exporter := a.StartExporter(t, harness.LongOffset)

	scrape := func() *harness.Scrape {
		t.Helper()
		s, err := exporter.Scrape(t.Context(), harness.ScrapeTimeout)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	// await scrapes until the faulty report of each app is up, or failing.
	await := func(up float64) (s *harness.Scrape) {
		t.Helper()
		harness.Eventually(t, func() (err error) {
			s = scrape()
			for _, f := range faults {
				if got := s.ReportOf(f.report, f.name, "up"); got != up && (up == 0 || f.pause == 0) {
					err = errors.Join(err, fmt.Errorf("%s: report_up is %v, want %v", f.name, got, up))
				}
			}
			return err
		})
		return s
	}
	await(1)
	for i, f := range faults {
		a.API.OverrideEndpoint(fmt.Sprintf("app-%d", i), f.endpoint, f.response)
	}
	broken := await(0)
	for i := range faults {
		a.API.OverrideEndpoint(fmt.Sprintf("app-%d", i), faults[i].endpoint, nil)
	}
	await(1)

	for i, f := range faults {
		t.Run(f.name, func(t *testing.T) {
			if got := broken.Failures(f.name); len(got) != 1 || got[f.reason] < 1 {
				t.Errorf("failures by reason: %v, want %s", got, f.reason)
			}
			for _, report := range []string{"livestreams", "meetings", "live"} {
				if up := broken.ReportOf(report, f.name, "up"); (up == 1) != (report != f.report) {
					t.Errorf("report_up of %s is %v", report, up)
				}
			}
			if got, want := broken.Apps[f.name][fmt.Sprintf("realtimekit_meeting_daily_sessions{app=%q, date=%q}", f.name, a.Date(-1))], float64(i+1); got != want {
				t.Errorf("shows %v sessions, want %v", got, want)
			}
			if got, want := broken.Apps[f.name][fmt.Sprintf("realtimekit_live_participants{app=%q, type=\"meeting\"}", f.name)], float64(i+1); got != want {
				t.Errorf("shows %v participants, want %v", got, want)
			}
			text := strings.NewReplacer("{app}", fmt.Sprintf("app-%d", i), "{account}", fmt.Sprintf("account-%d", i)).Replace(f.text)
			lines := exporter.FailureLines(f.name)
			if len(lines) == 0 {
				t.Error("no failure is logged")
			}
			for _, line := range lines {
				if !strings.Contains(line, "report="+f.report) || !strings.Contains(line, text) {
					t.Errorf("does not contain %s: %s", text, line)
				}
			}
		})
	}
	if strings.Contains(exporter.Log.String(), "Board meeting") {
		t.Error("the name of a meeting is in the log")
	}
	t.Logf("%d faults, %d requests", len(faults), len(a.API.Requests()))
}
