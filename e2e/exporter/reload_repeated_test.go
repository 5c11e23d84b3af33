package exporter

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness"
)

// writeNthConfig writes the nth configuration. They differ in TTL and the filters of an app,
// which is therefore another app each time and has to be fetched.
func writeNthConfig(t *testing.T, a *harness.Account, n int) {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "window_days: %d\ncache: {ttl: %dm}\n", harness.WindowDays, 15+n%2)
	fmt.Fprintf(&b, "api:\n  base_url: %s/client/v4\n  rate_limit: {requests: 3000, per: 1m}\n", a.URL)
	fmt.Fprintf(&b, "accounts:\n- account_id: %s\n  api_token_file: token\n  apps:\n", harness.AccountID)
	for _, app := range a.Apps {
		fmt.Fprintf(&b, "  - {app_id: %s, name: name of %[1]s}\n", app)
	}
	fmt.Fprintf(&b, "  - {app_id: changing-app, name: changing, filters: %q}\n", fmt.Sprint("n=", n))
	harness.WriteFile(t, a.Config, b.String())
}

func TestReload_RepeatedDuringScrapes(t *testing.T) {
	const reloads, scrapers = 200, 3
	a := harness.NewAccount(t)
	a.API.AddApp(harness.AccountID, "changing-app")
	writeNthConfig(t, a, 0)
	exporter := a.StartExporter(t, "--web.enable-lifecycle")
	want := map[string][]apitest.Day{}
	for _, app := range a.Apps {
		want[app] = a.Days(app)
	}
	check := func() error {
		s, err := exporter.Scrape(t.Context(), 10*time.Second)
		for app, days := range want {
			if err == nil {
				err = s.Complete("name of "+app, days)
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
	var before harness.Usage
	began := time.Now()
	for n := 1; n <= reloads; n++ {
		status := http.StatusOK
		if writeNthConfig(t, a, n); n%10 == 0 {
			harness.WriteFile(t, a.Config, "accounts: []\nunknown: key\n")
			status = http.StatusInternalServerError
		}
		if got := exporter.Reload(t); got != status {
			t.Errorf("reload %d: %d, want %d", n, got, status)
		}
		if n == warm {
			before = exporter.Usage(t)
		}
	}
	took := time.Since(began)
	close(stop)
	all.Wait()

	// After the reloads, scrapes and requests have released their resources.
	var after harness.Usage
	harness.Eventually(t, func() error {
		if after = exporter.Usage(t); after.Goroutines > before.Goroutines+2 || after.FDs > before.FDs+2 {
			return fmt.Errorf("from %+v to %+v", before, after)
		}
		return nil
	})
	t.Logf("%d reloads in %v during %v scrapes; after %d: %+v, at the end: %+v", reloads, took, scrapes, warm, before, after)
	if grown := after.Resident - before.Resident; grown > 32<<20 {
		t.Errorf("resident memory grew by %.0f MiB", grown/(1<<20))
	}
	requested := map[string]int{}
	for _, r := range a.API.Requests() {
		requested[r.AppID+" "+r.Query.Get("filters")]++
	}
	for what, n := range requested {
		if n != 1 {
			t.Errorf("%s was requested %d times", what, n)
		}
	}
	if n := a.Requests(); n[harness.Busy] != 1 || n[harness.Quiet] != 1 || n[harness.Empty] != 1 || n["changing-app"] < reloads/4 {
		t.Errorf("requests to the API: %v", n)
	}
	if n := len(exporter.Lines("level=error")); n != reloads/10 {
		t.Errorf("%d errors logged, want one for each broken configuration", n)
	}
}

func TestReload_WhileRequestsHang(t *testing.T) {
	a := harness.NewAccount(t)
	gate := make(chan struct{})
	open := sync.OnceFunc(func() { close(gate) })
	t.Cleanup(open)
	healthy := apitest.Healthy()
	a.API.Override(harness.Busy, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-gate:
			healthy.ServeHTTP(w, r)
		case <-r.Context().Done():
			panic(http.ErrAbortHandler)
		}
	}))
	a.API.Override(harness.Empty, apitest.Hang())
	exporter := a.StartExporter(t, "--web.enable-lifecycle")
	waiting := make(chan error, 1)
	go func() {
		s, err := exporter.Scrape(t.Context(), 9*time.Second)
		if err == nil {
			err = s.Complete("name of "+harness.Busy, a.Days(harness.Busy))
		}
		waiting <- err
	}()
	harness.Eventually(t, func() error {
		if n := a.Requests(); n[harness.Busy] != 1 || n[harness.Empty] != 1 {
			return errors.New("not requested yet")
		}
		return nil
	})

	// Neither the reload nor another scrape waits for them, and no request is sent again.
	for range 10 {
		began := time.Now()
		if got := exporter.Reload(t); got != http.StatusOK || time.Since(began) > 2*time.Second {
			t.Fatalf("reloading: %d after %v", got, time.Since(began))
		}
	}
	s, err := exporter.Scrape(t.Context(), time.Second)
	if err == nil {
		err = s.Complete("name of "+harness.Quiet, a.Days(harness.Quiet))
	}
	if err != nil {
		t.Fatal(err)
	}
	if days := s.DaysOf("name of " + harness.Busy); len(days) != 0 {
		t.Errorf("days that the API did not send: %v", days)
	}

	// The request of a removed app is canceled; the others complete.
	a.Configure(t, harness.Busy, harness.Quiet)
	if got := exporter.Reload(t); got != http.StatusOK {
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
	if err := harness.Diff(a.Requests(), map[string]int{harness.Busy: 1, harness.Quiet: 1, harness.Empty: 1}); err != nil {
		t.Errorf("requests to the API: %v", err)
	}
	if lines := exporter.Lines("level=warn", "level=error"); lines != nil {
		t.Errorf("the exporter complains: %q", lines)
	}
}
