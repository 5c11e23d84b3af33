package e2e

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
)

// reload reloads by HTTP, and returns the status.
func (p *process) reload(t *testing.T) (status int) {
	t.Helper()
	return p.send(t, "POST /-/reload HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n").status
}

// storm writes the nth configuration. They differ in TTL and the filters of an app,
// which so is another one each time and has to be asked for.
func (a *account) storm(t *testing.T, n int) {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "window_days: %d\ncache: {ttl: %dm}\n", windowDays, 15+n%2)
	fmt.Fprintf(&b, "api:\n  base_url: %s/client/v4\n  rate_limit: {requests: 3000, per: 1m}\n", a.url)
	fmt.Fprintf(&b, "accounts:\n- account_id: %s\n  api_token_file: token\n  apps:\n", accountID)
	for _, app := range a.apps {
		fmt.Fprintf(&b, "  - {app_id: %s, name: name of %[1]s}\n", app)
	}
	fmt.Fprintf(&b, "  - {app_id: changing-app, name: changing, filters: %q}\n", fmt.Sprint("n=", n))
	write(t, a.config, b.String())
}

func TestTwoHundredReloadsDuringScrapesLoseNothingLeakNothingAndAskNoMore(t *testing.T) {
	const reloads, scrapers = 200, 3
	a := newAccount(t)
	a.api.AddApp(accountID, "changing-app")
	a.storm(t, 0)
	exporter := a.startExporter(t, "--web.enable-lifecycle")
	want := map[string][]apitest.Day{}
	for _, app := range a.apps {
		want[app] = a.days(app)
	}
	check := func() error {
		s, err := exporter.scrape(t.Context(), 10*time.Second)
		for app, days := range want {
			if err == nil {
				err = s.complete("name of "+app, days)
			}
		}
		return err
	}
	if err := check(); err != nil {
		t.Fatal(err)
	}

	stop, scrapes := make(chan struct{}), make([]int, scrapers)
	var all sync.WaitGroup
	for i := range scrapers {
		all.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if err := check(); err != nil {
					t.Errorf("scrape %d: %v", scrapes[i], err)
					return
				}
				scrapes[i]++
			}
		})
	}
	const warm = 20 // reloads, after which memory and connections are what they will be
	var before use
	began := time.Now()
	for n := 1; n <= reloads; n++ {
		status := http.StatusOK
		if a.storm(t, n); n%10 == 0 {
			write(t, a.config, "accounts: []\nunknown: key\n")
			status = http.StatusInternalServerError
		}
		if got := exporter.reload(t); got != status {
			t.Errorf("reload %d: %d, want %d", n, got, status)
		}
		if n == warm {
			before = exporter.use(t)
		}
	}
	took := time.Since(began)
	close(stop)
	all.Wait()

	// The storm is over: what scrapes and requests held is given back.
	var after use
	eventually(t, func() error {
		if after = exporter.use(t); after.goroutines > before.goroutines+2 || after.fds > before.fds+2 {
			return fmt.Errorf("from %+v to %+v", before, after)
		}
		return nil
	})
	t.Logf("%d reloads in %v beside %v scrapes; after %d: %+v, at the end: %+v", reloads, took, scrapes, warm, before, after)
	if grown := after.resident - before.resident; grown > 32<<20 {
		t.Errorf("resident memory grew by %.0f MiB", grown/(1<<20))
	}
	asked := map[string]int{}
	for _, r := range a.api.Requests() {
		asked[r.AppID+" "+r.Query.Get("filters")]++
	}
	for what, n := range asked {
		if n != 1 {
			t.Errorf("%s was asked for %d times", what, n)
		}
	}
	if n := a.requests(); n[busy] != 1 || n[quiet] != 1 || n[empty] != 1 || n["changing-app"] < reloads/4 {
		t.Errorf("requests to the API: %v", n)
	}
	if n := len(exporter.lines("level=error")); n != reloads/10 {
		t.Errorf("%d errors logged, want one for each broken configuration", n)
	}
}

func TestAReloadWhileRequestsHangLetsThemFinish(t *testing.T) {
	a := newAccount(t)
	gate := make(chan struct{})
	open := sync.OnceFunc(func() { close(gate) })
	t.Cleanup(open)
	healthy := apitest.Healthy()
	a.api.Override(busy, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-gate:
			healthy.ServeHTTP(w, r)
		case <-r.Context().Done():
			panic(http.ErrAbortHandler)
		}
	}))
	a.api.Override(empty, apitest.Hang())
	exporter := a.startExporter(t, "--web.enable-lifecycle")
	waiting := make(chan error, 1)
	go func() {
		s, err := exporter.scrape(t.Context(), 9*time.Second)
		if err == nil {
			err = s.complete("name of "+busy, a.days(busy))
		}
		waiting <- err
	}()
	eventually(t, func() error {
		if n := a.requests(); n[busy] != 1 || n[empty] != 1 {
			return errors.New("not asked for yet")
		}
		return nil
	})

	// Neither the reload nor another scrape waits for them, and nobody asks again.
	for range 10 {
		began := time.Now()
		if got := exporter.reload(t); got != http.StatusOK || time.Since(began) > 2*time.Second {
			t.Fatalf("reloading: %d after %v", got, time.Since(began))
		}
	}
	s, err := exporter.scrape(t.Context(), time.Second)
	if err == nil {
		err = s.complete("name of "+quiet, a.days(quiet))
	}
	if err != nil {
		t.Fatal(err)
	}
	if days := s.daysOf("name of " + busy); len(days) != 0 {
		t.Errorf("days that nobody gave: %v", days)
	}

	// What is taken out is called off; what stays is answered in its time.
	a.configure(t, busy, quiet)
	if got := exporter.reload(t); got != http.StatusOK {
		t.Fatalf("reloading: %d", got)
	}
	select {
	case err := <-waiting:
		t.Fatalf("a scrape did not wait: %v", err)
	default:
	}
	open()
	if err := <-waiting; err != nil {
		t.Error(err)
	}
	if err := differ(a.requests(), map[string]int{busy: 1, quiet: 1, empty: 1}); err != nil {
		t.Errorf("requests to the API: %v", err)
	}
	if lines := exporter.lines("level=warn", "level=error"); lines != nil {
		t.Errorf("the exporter complains: %q", lines)
	}
}
