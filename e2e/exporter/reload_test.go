package e2e

import (
	"errors"
	"net/http"
	"slices"
	"syscall"
	"testing"
	"time"
)

func TestReloadAddsAnAppAndAsksForNoOther(t *testing.T) {
	for name, reload := range map[string]func(*testing.T, *process){
		"by SIGHUP": func(t *testing.T, exporter *process) {
			t.Helper()
			if err := exporter.cmd.Process.Signal(syscall.SIGHUP); err != nil {
				t.Fatal(err)
			}
		},
		"by POST": func(t *testing.T, exporter *process) {
			t.Helper()
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, exporter.url+"/-/reload", nil)
			if err != nil {
				t.Fatal(err)
			}
			if _, _, err := do(req); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAccount(t)
			a.configure(t, quiet, empty)
			exporter := a.startExporter(t, "--web.enable-lifecycle")
			prom := startPrometheus(t, job("realtimekit", []*process{exporter}, nil))
			prom.awaitScrapes(t, 1, 2)
			prom.expect(t, "{"+allShown+"}", a.shown())

			before := time.Now()
			a.configure(t, quiet, empty, busy)
			reload(t, exporter)

			reloaded := awaitScrapeAfterReload(t, prom, before)
			prom.expect(t, "{"+allShown+"}", a.shown())
			expectAtEveryScrape(t, prom, daily+`sessions{app="name of busy-app", date="`+a.date(0)+`"}`, reloaded)
			prom.expect(t, "min_over_time(up[5m])", samples{"{}": 1})
			if err := differ(a.requests(), map[string]int{quiet: 1, empty: 1, busy: 1}); err != nil {
				t.Errorf("requests to the API: %v", err)
			}
		})
	}
}

// awaitScrapeAfterReload returns the time of a reload later than the one given,
// once there was a scrape after it.
func awaitScrapeAfterReload(t *testing.T, prom prometheus, after time.Time) (reloaded time.Time) {
	t.Helper()
	eventually(t, func() error {
		got, err := prom.query(t.Context(), "sum(realtimekit_exporter_config_last_reload_success_timestamp_seconds)")
		if err != nil {
			return err
		}
		if reloaded = time.UnixMilli(int64(got["{}"] * 1000)); reloaded.Before(after.Truncate(time.Millisecond)) {
			return errors.New("not reloaded")
		}
		scrapes, err := prom.times(t.Context(), "up")
		if err == nil && !scrapes[len(scrapes)-1].After(reloaded) {
			err = errors.New("not scraped since the reload")
		}
		return err
	})
	return reloaded
}

// expectAtEveryScrape asks for a sample of the series at each scrape after a time.
func expectAtEveryScrape(t *testing.T, prom prometheus, series string, after time.Time) {
	t.Helper()
	scrapes, err := prom.times(t.Context(), "up")
	if err != nil {
		t.Fatal(err)
	}
	there, err := prom.times(t.Context(), series)
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
