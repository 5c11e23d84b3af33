package exporter

import (
	"errors"
	"net/http"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness"
)

func TestReload_FetchesOnlyTheAddedApp(t *testing.T) {
	for name, reload := range map[string]func(*testing.T, *harness.Process){
		"by SIGHUP": func(t *testing.T, exporter *harness.Process) {
			t.Helper()
			exporter.Signal(t, syscall.SIGHUP)
		},
		"by POST": func(t *testing.T, exporter *harness.Process) {
			t.Helper()
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, exporter.URL+"/-/reload", nil)
			if err != nil {
				t.Fatal(err)
			}
			if _, _, err := harness.Do(req); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := harness.NewAccount(t)
			a.Configure(t, harness.Quiet, harness.Empty)
			exporter := a.StartExporter(t, "--web.enable-lifecycle")
			prom := harness.StartPrometheus(t, harness.Job("realtimekit", []*harness.Process{exporter}, nil))
			prom.AwaitScrapes(t, 1, 2)
			prom.Expect(t, "{"+allExposed+"}", a.Samples())

			before := time.Now()
			a.Configure(t, harness.Quiet, harness.Empty, harness.Busy)
			reload(t, exporter)

			reloaded := awaitScrapeAfterReload(t, prom, before)
			prom.Expect(t, "{"+allExposed+"}", a.Samples())
			expectAtEveryScrape(t, prom, harness.Daily+`sessions{app="name of busy-app", date="`+a.Date(0)+`"}`, reloaded)
			prom.Expect(t, "min_over_time(up[5m])", harness.Samples{"{}": 1})
			if err := harness.Diff(a.Requests(), map[string]int{harness.Quiet: 1, harness.Empty: 1, harness.Busy: 1}); err != nil {
				t.Errorf("requests to the API: %v", err)
			}
		})
	}
}

// awaitScrapeAfterReload returns the time of a reload later than the one given,
// once there was a scrape after it.
func awaitScrapeAfterReload(t *testing.T, prom harness.Prometheus, after time.Time) (reloaded time.Time) {
	t.Helper()
	harness.Eventually(t, func() error {
		got, err := prom.Query(t.Context(), "sum(realtimekit_exporter_config_last_reload_success_timestamp_seconds)")
		if err != nil {
			return err
		}
		if reloaded = time.UnixMilli(int64(got["{}"] * 1000)); reloaded.Before(after.Truncate(time.Millisecond)) {
			return errors.New("not reloaded")
		}
		scrapes, err := prom.SampleTimes(t.Context(), "up")
		if err == nil && !scrapes[len(scrapes)-1].After(reloaded) {
			err = errors.New("not scraped since the reload")
		}
		return err
	})
	return reloaded
}

// expectAtEveryScrape expects a sample of the series at each scrape after a time.
func expectAtEveryScrape(t *testing.T, prom harness.Prometheus, series string, after time.Time) {
	t.Helper()
	scrapes, err := prom.SampleTimes(t.Context(), "up")
	if err != nil {
		t.Fatal(err)
	}
	there, err := prom.SampleTimes(t.Context(), series)
	if err != nil {
		t.Fatal(err)
	}
	scrapes = slices.DeleteFunc(scrapes, func(at time.Time) bool { return !at.After(after) })
	for _, at := range scrapes {
		if !slices.Contains(there, at) {
			t.Errorf("the scrape at %v is without %s", at, series)
		}
	}
}
