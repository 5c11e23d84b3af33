package backfill

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
	"github.com/realtimekit-exporter/realtimekit_exporter/collector"
)

func noToken(context.Context) (api.Secret, error) { return "", errors.New("the file\ndoes not exist") }

func everyApp() *collector.Discover {
	return &collector.Discover{Include: []*regexp.Regexp{regexp.MustCompile("^(?s:.*)$")}, Interval: time.Hour}
}

func TestRun_Names(t *testing.T) {
	for name, c := range map[string]struct {
		discover *collector.Discover
		names    []string
		apps     string // in the output
		lists    int    // requests for the list
		err      string
	}{
		"all configured apps":            {nil, nil, "main radio", 0, "<nil>"},
		"all apps":                       {everyApp(), nil, "Talks main radio", 1, "<nil>"},
		"a configured app":               {everyApp(), []string{"radio"}, "radio", 0, "<nil>"},
		"a discovered app, twice":        {everyApp(), []string{"Talks", "Talks"}, "Talks", 1, "<nil>"},
		"both":                           {everyApp(), []string{"Talks", "main"}, "Talks main", 1, "<nil>"},
		"unknown":                        {everyApp(), []string{"main", "talk"}, "", 1, `--app="talk": no app has this name, expected one of ["Talks" "main" "radio"]`},
		"an ID is no name":               {everyApp(), []string{"talks-id"}, "", 1, `--app="talks-id": no app has this name, expected one of ["Talks" "main" "radio"]`},
		"not discovered without a block": {nil, []string{"Talks"}, "", 0, `--app="Talks": no app has this name, expected one of ["main" "radio"]`},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sim := newAPI("main", "radio", "talks-id")
				sim.NameApp("talks-id", "Talks", time.Now())
				for _, id := range []string{"main", "radio", "talks-id"} {
					sim.SetDay(id, row("1999-12-25"))
				}
				output, _, err := run(t, newPlan(sim, c.discover, "main", "radio"), span(t, "1999-12-01", ""), c.names...)
				var found []string
				for _, app := range []string{"Talks", "main", "radio"} {
					if len(sessions(t, output, app)) == 6 {
						found = append(found, app)
					}
				}
				lists := 0
				for _, r := range sim.Requests() {
					if r.AppID == "" {
						lists++
					}
				}
				if got := strings.Join(found, " "); got != c.apps || fmt.Sprint(err) != c.err || lists != c.lists {
					t.Errorf("got %q, %d lists and %v; want %q, %d and %s", got, lists, err, c.apps, c.lists, c.err)
				}
			})
		})
	}
}

func TestRun_NamesOfManyApps(t *testing.T) {
	var all []string
	for i := range 30 {
		all = append(all, fmt.Sprintf("stage %02d", i))
	}
	err := unknown("stage 7", append(all, "Concerts"))
	const want = `--app="stage 7": no app has this name, expected one of ["stage 07" "stage 17" "stage 27" "stage 00" "stage 01" "stage 02" "stage 03" "stage 04" "stage 05" "stage 06"] or 21 others`
	if fmt.Sprint(err) != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	for pair, want := range map[[2]string]int{{"", ""}: 0, {"a", ""}: 1, {"", "ab"}: 2, {"Bühne", "bühne"}: 0, {"kitten", "sitting"}: 3, {"ab", "ba"}: 2} {
		if got := distance(pair[0], pair[1]); got != want {
			t.Errorf("%q: got %d, want %d", pair, got, want)
		}
	}
}

func TestRun_FailingList(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim := newAPI("main", "talks")
		sim.SetDay("main", row("1999-12-25"))
		sim.OverrideApps(studio, apitest.Error(http.StatusForbidden, 10000, "no"))
		output, lines, err := run(t, newPlan(sim, everyApp(), "main"), span(t, "1999-12-01", ""))
		if len(sessions(t, output, "main")) != 6 || !strings.HasSuffix(output, "\n# EOF\n") || fmt.Sprint(err) != "1 list of apps failed" ||
			!strings.HasPrefix(lines, "account studio: the list of apps failed, and only apps in the configuration are known: token rejected") {
			t.Errorf("got\n%s%v\n%s", output, err, lines)
		}
		output, _, err = run(t, newPlan(sim, everyApp()), span(t, "1999-12-01", ""))
		if output != "" || fmt.Sprint(err) != "1 list of apps failed" {
			t.Errorf("without other apps: got %q, %v", output, err)
		}
	})
}

func TestRun_NoApps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		if output, _, err := run(t, newPlan(newAPI(), everyApp()), span(t, "1999-12-01", "")); output != "" || fmt.Sprint(err) != "there are no apps to backfill" {
			t.Errorf("got %q, %v", output, err)
		}
	})
}
