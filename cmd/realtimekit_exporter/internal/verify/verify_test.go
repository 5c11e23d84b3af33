package verify

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
	"github.com/realtimekit-exporter/realtimekit_exporter/cmd/realtimekit_exporter/internal/progress"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector"
)

const (
	studio = "studio"
	token  = "c4nary-token"
)

// run verifies these apps of an account against a simulated API, in a synctest bubble.
// The bubble's clock starts at 2000-01-01.
func run(t *testing.T, sim *apitest.API, discover *collector.Discover, apps ...collector.App) (output string, lines string, err error) {
	t.Helper()
	return runPlan(t, newPlan(sim, discover, apps...))
}

// newPlan returns a plan with the report livestreams.
func newPlan(sim *apitest.API, discover *collector.Discover, apps ...collector.App) *collector.Plan {
	return &collector.Plan{
		Accounts: []collector.Account{{
			ID: studio, Apps: apps, Discover: discover,
			Token: func(context.Context) (api.Secret, error) { return token, nil },
		}},
		Reports: collector.Reports("livestreams"), Days: 5, Timeout: 30 * time.Second, MaxInFlight: 8,
		Limit:  collector.Limit{Requests: 9, Per: time.Minute},
		Client: api.New("https://api.example", sim.Client().Transport),
	}
}

func runPlan(t *testing.T, p *collector.Plan) (output string, lines string, err error) {
	t.Helper()
	var out, line strings.Builder
	err = Run(t.Context(), p, time.Now, &out, progress.New(&line))
	if strings.Contains(out.String()+line.String()+fmt.Sprint(err), "c4nary") {
		t.Errorf("the token is printed:\n%s", &out)
	}
	return out.String(), line.String(), err
}

func newAPI(apps ...string) *apitest.API {
	sim := apitest.New(time.Now)
	sim.AddToken(token, studio)
	for _, id := range apps {
		sim.AddEmptyApp(studio, id)
		sim.SetDay(id, apitest.Day{Date: "1999-12-30", Sessions: 4, IngestSeconds: 3600, ViewerSeconds: 7200})
		sim.SetDay(id, apitest.Day{Date: "1999-12-31", Sessions: 3, IngestSeconds: 900, ViewerSeconds: 108})
	}
	return sim
}

// overall responds to the overall endpoint alone.
func overall(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/overall") {
			h.ServeHTTP(w, r)
		} else {
			apitest.Healthy().ServeHTTP(w, r)
		}
	})
}

func TestRun_Results(t *testing.T) {
	const (
		list = "account studio: 1 app, 1 collected\n"
		head = "APP   ROWS  FIRST DAY   LAST DAY    SESSIONS  INGEST HOURS  VIEWER HOURS  LATENCY  RESULT\n"
		none = "APP   ROWS  FIRST DAY  LAST DAY  SESSIONS  INGEST HOURS  VIEWER HOURS  LATENCY  RESULT\n"
		good = "main  2     1999-12-30  1999-12-31  7         1.25          2.03          -        "
	)
	rows := func(body string) http.Handler {
		return overall(apitest.Body(`{"success":true,"data":` + body + `}`))
	}
	for name, c := range map[string]struct {
		override   http.Handler
		want, fail string
	}{
		"equal":             {nil, list + head + good + "sums equal the API's totals\n", "<nil>"},
		"parts of a second": {rows(`{"count":7,"total_ingest_seconds":4500.4,"total_viewer_seconds":7307.6}`), list + head + good + "sums equal the API's totals\n", "<nil>"},
		"different":         {rows(`[{"count":9,"total_ingest_seconds":4000,"total_viewer_seconds":"7309"}]`), list + head + good + "sums differ from the API's totals: sessions -2, ingest +500s, viewer -1s\n", "<nil>"},
		"overall fails":     {overall(apitest.Error(http.StatusInternalServerError, 1, "sorry")), list + head + good + "not compared with the API's totals: the API failed: wait, and check Cloudflare's status page if it persists (HTTP 500: \"sorry\")\n", "<nil>"},
		"no rows": {apitest.Body(`{"success":true,"data":[]}`), list + none +
			"main  0     -          -         0         0.00          0.00          -        sums equal the API's totals\n", "<nil>"},
		"rows without a date": {apitest.Body(`{"success":true,"data":[{"date":null}]}`), list + none +
			"main  0     -          -         0         0.00          0.00          -        sums equal the API's totals; 1 row without a date skipped\n", "<nil>"},
		"timeout": {apitest.Hang(), list + none +
			"main  -     -          -         -         -             -             30.000s  failed: no complete response within api.timeout: the API or the network path is slow\n", "1 of 1 app failed"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sim := newAPI("main")
				sim.Override("main", c.override)
				got, _, err := run(t, sim, nil, collector.App{ID: "main", Name: "main"})
				if got != c.want {
					t.Errorf("got\n%swant\n%s", got, c.want)
				}
				if fmt.Sprint(err) != c.fail {
					t.Errorf("got %v, want %q", err, c.fail)
				}
			})
		})
	}
}

// Each report has a table. One can fail while the others of the app work.
func TestRun_EveryReport(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim := newAPI("main", "radio")
		sim.SetMeetingDay("main", apitest.MeetingDay{Date: "1999-12-28", Sessions: 2, SessionSeconds: 5400, Recordings: 1, RecordingSeconds: 36})
		sim.SetMeetingDay("main", apitest.MeetingDay{Date: "1999-12-31", Sessions: 1})
		sim.SetLive("main", apitest.Session{ID: "1", Type: "meeting", Participants: 1200, Name: "c4nary"})
		sim.OverrideEndpoint("radio", apitest.MeetingDays, apitest.Error(http.StatusForbidden, 10000, "Authentication error"))
		p := newPlan(sim, nil, collector.App{ID: "main", Name: "main"}, collector.App{ID: "radio", Name: "radio"})
		p.Reports = collector.Reports()
		got, _, err := runPlan(t, p)
		const want = `account studio: 2 apps, 2 collected

report livestreams
APP    ROWS  FIRST DAY   LAST DAY    SESSIONS  INGEST HOURS  VIEWER HOURS  LATENCY  RESULT
main   2     1999-12-30  1999-12-31  7         1.25          2.03          -        sums equal the API's totals
radio  2     1999-12-30  1999-12-31  7         1.25          2.03          -        sums equal the API's totals

report meetings
APP    ROWS  FIRST DAY   LAST DAY    MEETING SESSIONS  MEETING HOURS  RECORDINGS  RECORDING HOURS  LATENCY  RESULT
main   2     1999-12-28  1999-12-31  3                 1.50           1           0.01             -        ok
radio  -     -           -           -                 -              -           -                -        failed: token rejected for account studio: it needs the permission Realtime or Realtime Admin (HTTP 403: "Authentication error")

report live
APP    LIVE SESSIONS            LIVE PARTICIPANTS           LATENCY  RESULT
main   livestream 0, meeting 1  livestream 0, meeting 1200  -        ok
radio  livestream 0, meeting 0  livestream 0, meeting 0     -        ok
`
		if got != want || fmt.Sprint(err) != "1 of 2 apps failed" {
			t.Errorf("got %v and\n%s", err, got)
		}
	})
}

func TestRun_SameWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim := newAPI("main")
		sim.Override("main", apitest.Slow(5*time.Second, nil)) // the clock moves on between the requests
		if _, _, err := run(t, sim, nil, collector.App{ID: "main", Name: "main", Filters: "a=b"}); err != nil {
			t.Fatal(err)
		}
		requests := sim.Requests()
		if len(requests) != 3 {
			t.Fatalf("got %d requests, want the list, the days and overall", len(requests))
		}
		if days, total := requests[1].Query.Encode(), requests[2].Query.Encode(); days != total || !strings.Contains(days, "filters=") {
			t.Errorf("the days were requested with %s, overall with %s", days, total)
		}
	})
}

func TestRun_RateLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var apps []collector.App
		sim := newAPI()
		for i := range 10 {
			id := fmt.Sprintf("app-%d", i)
			sim.AddEmptyApp(studio, id)
			apps = append(apps, collector.App{ID: id, Name: id})
		}
		sim.Limit(9, time.Minute)
		start := time.Now()
		output, lines, err := run(t, sim, nil, apps...)
		if err != nil || strings.Count(output, "sums equal the API's totals\n") != 10 {
			t.Errorf("got %v and\n%s", err, output)
		}
		// 3 at once, and the other 18 at 6 per minute.
		if took := time.Since(start); took < 3*time.Minute || took > 3*time.Minute+time.Second {
			t.Errorf("21 requests took %v", took)
		}
		if !strings.HasSuffix(lines, "verified 9 of 10 apps\n") {
			t.Errorf("the progress was %q", lines)
		}
	})
}

func TestRun_NothingIsSentAfter429(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		apps := []collector.App{}
		sim := newAPI("a", "b", "c", "d", "e", "f", "g", "h")
		for id := range strings.SplitSeq("abcdefgh", "") {
			apps = append(apps, collector.App{ID: id, Name: id})
			sim.Override(id, apitest.Status(http.StatusTooManyRequests, http.Header{"Retry-After": {"90"}}, ""))
		}
		start := time.Now()
		output, _, err := run(t, sim, nil, apps...)
		if took := time.Since(start); took > time.Second {
			t.Errorf("it took %v, want no wait for the pause or the rate limit", took)
		}
		if n := len(sim.Requests()); n > 3 { // the list, and two that were in flight
			t.Errorf("%d requests were sent", n)
		}
		if !strings.Contains(output, "failed: not requested, because the API refused another request with the same token (HTTP 429): try again in 1m30s\n") || fmt.Sprint(err) != "8 of 8 apps failed" {
			t.Errorf("got %v and\n%s", err, output)
		}
	})
}

func TestRun_Lists(t *testing.T) {
	every := []*regexp.Regexp{regexp.MustCompile("^(?s:.*)$")}
	pattern := []*regexp.Regexp{regexp.MustCompile("^(?s:ra.*)$")}
	for name, c := range map[string]struct {
		list     http.Handler
		discover *collector.Discover
		want     []string
		rows     int
		fail     string
	}{
		"without discover": {nil, nil, []string{"account studio: 3 apps, 1 collected\n  not collected: radio (radio), not configured\n  not collected: talks (talks), not configured\n"}, 1, "<nil>"},
		"exclude":          {nil, &collector.Discover{Include: every, Exclude: pattern}, []string{"account studio: 3 apps, 2 collected\n  not collected: radio (radio), excluded by ra.*\n"}, 2, "<nil>"},
		"include":          {nil, &collector.Discover{Include: pattern}, []string{"account studio: 3 apps, 2 collected\n  not collected: talks (talks), no match in discover.include\n"}, 2, "<nil>"},
		"failing list without discover": {apitest.Error(500, 1, "sorry"), nil,
			[]string{"account studio: the list of apps is not available (needed only with discover): the API failed"}, 1, "<nil>"},
		"failing list": {apitest.Error(500, 1, "sorry"), &collector.Discover{Include: every},
			[]string{"account studio: the list of apps failed: the API failed"}, 1, "1 list of apps failed"},
		"too many apps": {manyApps(1001), &collector.Discover{Include: every},
			[]string{"account studio: the list of apps is not used: 1001 apps to collect, more than 1000: exclude some with discover.exclude\n"}, 1, "1 list of apps failed"},
		"many apps without discover": {manyApps(1001), nil,
			[]string{"account studio: 1,001 apps, 0 collected\n", "(id-19), not configured\n  and 981 more\n"}, 1, "<nil>"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sim := newAPI("main", "radio", "talks")
				sim.OverrideApps(studio, c.list)
				output, _, err := run(t, sim, c.discover, collector.App{ID: "main", Name: "main"})
				for _, want := range c.want {
					if !strings.Contains(output, want) {
						t.Errorf("%q is missing:\n%s", want, output)
					}
				}
				if rows := strings.Count(output, "sums equal the API's totals\n"); rows != c.rows || fmt.Sprint(err) != c.fail {
					t.Errorf("got %d apps and %v, want %d and %s:\n%s", rows, err, c.rows, c.fail, output)
				}
			})
		})
	}
}

func manyApps(n int) http.Handler {
	rows := make([]string, n)
	for i := range rows {
		rows[i] = fmt.Sprintf(`{"id":"id-%d","name":"","created_at":"2020-01-01T00:00:%02dZ"}`, i, min(i, 59))
	}
	return apitest.Body(`{"success":true,"data":[` + strings.Join(rows, ",") + fmt.Sprintf(`],"paging":{"total_count":%d}}`, n))
}

func TestRun_NoToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim := newAPI("main")
		p := &collector.Plan{
			Accounts: []collector.Account{{
				ID: studio, Apps: []collector.App{{ID: "main", Name: "main"}},
				Token: func(context.Context) (api.Secret, error) { return "", errors.New("token file:\nit does not exist") },
			}},
			Reports: collector.Reports("livestreams"),
			Days:    5, Timeout: time.Second, MaxInFlight: 1, Limit: collector.Limit{Requests: 9, Per: time.Minute},
			Client: api.New("https://api.example", sim.Client().Transport),
		}
		output, _, err := runPlan(t, p)
		if !strings.HasSuffix(output, "  failed: token file: it does not exist\n") || fmt.Sprint(err) != "1 of 1 app failed" {
			t.Errorf("got %v and\n%s", err, output)
		}
		if n := len(sim.Requests()); n != 0 {
			t.Errorf("%d requests were sent", n)
		}
	})
}
