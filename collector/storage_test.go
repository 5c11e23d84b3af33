package collector_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector"
)

// The files in a directory for the cache.
const (
	cacheFile = "cache.jsonl.gz"
	storageUp = "realtimekit_exporter_cache_storage_up"
)

// keep makes the exporter keep its cache in a directory.
func (f *fixture) keep() (directory string) {
	f.plan.Directory = f.TempDir()
	f.exporter.Apply(f.plan)
	return f.plan.Directory
}

// end stops the exporter, and waits for the last write.
func (f *fixture) end() {
	f.stop()
	ctx, cancel := context.WithTimeout(f.Context(), time.Second)
	defer cancel()
	f.exporter.WaitSaved(ctx)
	if ctx.Err() != nil {
		f.Error("the last write has not ended")
	}
}

// restart stops the exporter, and starts another one after a while.
func (f *fixture) restart(after time.Duration) {
	f.end()
	time.Sleep(after)
	f.begin()
}

// begin starts an exporter without responses.
func (f *fixture) begin() {
	f.log.Reset()
	f.sim.ResetRequests()
	f.registry = prometheus.NewRegistry()
	var ctx context.Context
	ctx, f.stop = context.WithCancel(f.Context())
	f.start(ctx)
}

// down makes the API respond with h to everything.
func (f *fixture) down(h http.Handler) {
	f.sim.Override(mainStage+"-id", h)
	f.sim.Override(studio+"-id", h)
	f.sim.OverrideApps(account, h)
}

// reports returns the samples of an exposition about apps and lists, without counters.
func reports(exposition string) string {
	all := samples(exposition, "realtimekit_")
	return strings.Join(slices.DeleteFunc(all, func(s string) bool { return strings.Contains(s, "realtimekit_exporter_") }), "\n")
}

// lines returns the sorted lines of the cache file in a directory.
func (f *fixture) lines(directory string) string {
	f.Helper()
	content, err := os.ReadFile(filepath.Join(directory, cacheFile))
	if err != nil {
		f.Fatal(err)
	}
	r, err := gzip.NewReader(bytes.NewReader(content))
	if err != nil {
		f.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		f.Fatal(err)
	}
	lines := slices.Collect(strings.Lines(string(text)))
	slices.Sort(lines[1:])
	return strings.Join(lines, "")
}

// writeLines writes a cache file.
func writeLines(t testing.TB, directory, lines string) {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := io.WriteString(w, lines)
	if err := errors.Join(err, w.Close(), os.WriteFile(filepath.Join(directory, cacheFile), b.Bytes(), 0o600)); err != nil {
		t.Fatal(err)
	}
}

func TestStorage_RestartRequestsNothingThatIsNotDue(t *testing.T) {
	withFixture(t, func(f *fixture) {
		f.keep()
		before := f.scrape()
		f.expectLines(before, storageUp+" 1")
		f.restart(5 * time.Minute)
		after := f.scrape()
		if reports(after) != reports(before) {
			t.Errorf("got\n%s\nwant\n%s", reports(after), reports(before))
		}
		f.expectRequests(0)
		f.expectLines(after, storageUp+" 1", `realtimekit_exporter_cache_answers_total{result="fresh"} 2`)
		if got := f.log.String(); got != `level=info msg="cache restored" directory=`+f.plan.Directory+" responses=2 lists=0\n" {
			t.Errorf("log: %s", got)
		}
		time.Sleep(10 * time.Minute) // 15 since the request
		f.scrape()
		f.expectRequests(2)
	})
}

func TestStorage_RestartWithoutDirectory(t *testing.T) {
	withFixture(t, func(f *fixture) {
		f.scrape()
		f.restart(0)
		got := f.scrape()
		f.expectRequests(2)
		if up := samples(got, storageUp); len(up) > 0 {
			t.Errorf("got %s", up)
		}
	})
}

func TestStorage_RestartDuringOutage(t *testing.T) {
	withFixture(t, func(f *fixture) {
		f.keep()
		before := f.scrape()
		f.down(apitest.Status(500, nil, ""))
		f.restart(20 * time.Minute)
		after := f.scrape()
		f.expectRequests(2)
		f.expectLines(after, `realtimekit_report_up{app="main-stage",report="livestreams"} 0`)
		for _, family := range []string{"_daily_", "_last_success_", "report_rows"} {
			if got, want := samples(after, family), samples(before, family); !slices.Equal(got, want) {
				t.Errorf("got %s, want %s", got, want)
			}
		}
		f.restart(time.Minute) // what was restored, and has not changed, is kept
		if got, want := samples(f.scrape(), "_daily_"), samples(before, "_daily_"); !slices.Equal(got, want) {
			t.Errorf("after another restart: got %s, want %s", got, want)
		}
	})
}

func TestStorage_OlderThanMaxStaleIsIgnored(t *testing.T) {
	for age, want := range map[time.Duration]string{71 * time.Hour: "09 10", 73 * time.Hour: ""} {
		withFixture(t, func(f *fixture) {
			f.keep()
			f.scrape()
			f.down(apitest.Status(500, nil, ""))
			f.restart(age)
			got := f.scrape()
			if days := dates(got, "sessions", mainStage); days != want {
				t.Errorf("after %v: got %q, want %q", age, days, want)
			}
			if known := len(samples(got, "last_success_timestamp_seconds{")); known != 2*min(1, len(want)) {
				t.Errorf("after %v: %d responses are known", age, known)
			}
		})
	}
}

func TestStorage_ResponseFromTheFutureCountsAsNew(t *testing.T) {
	withFixture(t, func(f *fixture) {
		f.clock.Store(int64(time.Hour))
		f.keep()
		f.scrape()
		f.clock.Store(0)
		f.restart(0)
		f.expectLines(f.scrape(), `realtimekit_report_last_success_timestamp_seconds{app="studio",report="livestreams"} 9.475056e+08`)
		f.expectRequests(0)
		time.Sleep(15 * time.Minute)
		f.scrape()
		f.expectRequests(2)
	})
}

func TestStorage_ListFromTheFutureIsOfNow(t *testing.T) {
	discovering(t, func(f *fixture) {
		f.clock.Store(int64(time.Hour))
		f.keep()
		f.scrape()
		time.Sleep(10 * time.Second) // for the file to be written
		f.clock.Store(0)
		f.restart(0)
		f.expectLines(f.scrape(), `realtimekit_discovery_last_success_timestamp_seconds{account_id="`+account+`"} 9.4750561e+08`)
		f.expectRequests(0)
	})
}

func TestStorage_UnknownKeysAreIgnored(t *testing.T) {
	withFixture(t, func(f *fixture) {
		f.keep()
		f.scrape()
		f.plan.Accounts = []collector.Account{f.account(account, mainStage, studio)}
		f.plan.Accounts[0].Apps[0].Filters = "region=eu"
		f.plan.Accounts[0].Apps[1].Name = "renamed"
		f.restart(0)
		if days := dates(f.scrape(), "sessions", "renamed"); days != "06 07 08 09 10" {
			t.Errorf("the renamed app shows %s", days)
		}
		if r := f.sim.Requests(); len(r) != 1 || r[0].Query.Get("filters") != "region=eu" {
			t.Errorf("requested %v, want only the new filter", r)
		}
		f.plan.BaseURL = "https://elsewhere.example/client/v4"
		f.restart(0)
		if restored := f.log.String(); !strings.Contains(restored, "responses=0") {
			t.Errorf("log: %s", restored)
		}
	})
}

func TestStorage_YesterdaysResponse(t *testing.T) {
	withFixture(t, func(f *fixture) {
		f.keep()
		time.Sleep(12*time.Hour - time.Minute)
		f.scrape()
		f.sim.Override(studio+"-id", apitest.Status(500, nil, ""))
		f.restart(2 * time.Minute)
		got := f.scrape()
		f.expectRequests(2)
		if days := dates(got, "sessions", studio); days != "07 08 09 10" {
			t.Errorf("got %s", days)
		}
	})
}

func TestStorage_RestartStartsWithAnEmptyBucket(t *testing.T) {
	withFixture(t, func(f *fixture) {
		const remaining = `realtimekit_exporter_api_budget_remaining_requests{account_id="` + account + `"} `
		f.keep()
		f.expectLines(f.scrape(), remaining+"98")
		f.restart(time.Second)
		f.expectLines(f.scrape(), remaining+"0")
		time.Sleep(3 * time.Second)
		f.expectLines(f.scrape(), remaining+"2")
	})
}

// The first write follows the start, so this also applies to a process that ended early.
func TestStorage_KilledEarlyStartsWithAnEmptyBucket(t *testing.T) {
	withFixture(t, func(f *fixture) {
		killed := f.keep()
		f.plan.Directory = f.TempDir()
		writeLines(t, f.plan.Directory, f.lines(killed))
		f.end()
		f.begin()
		f.expectLines(f.scrape(), `realtimekit_exporter_api_budget_remaining_requests{account_id="`+account+`"} 0`)
	})
}

func TestStorage_ListOfApps(t *testing.T) {
	discovering(t, func(f *fixture) {
		f.keep()
		before := f.scrape()
		f.restart(5 * time.Minute)
		if after := f.scrape(); reports(after) != reports(before) {
			t.Errorf("got\n%s\nwant\n%s", reports(after), reports(before))
		}
		f.expectRequests(0)

		f.down(apitest.Hang())
		f.restart(100 * time.Hour) // no age is too old for a list, as without a restart
		start, after := time.Now(), f.scrape()
		if got, want := samples(after, "app_info"), samples(before, "app_info"); !slices.Equal(got, want) {
			t.Errorf("got %s, want %s", got, want)
		}
		if waited := time.Since(start); waited != 10*time.Second {
			t.Errorf("waited %v", waited)
		}
		f.expectRequests(3)
	})
}

func TestStorage_NoTokenInTheFile(t *testing.T) {
	discovering(t, func(f *fixture) {
		directory := f.keep()
		f.scrape()
		f.end()
		if lines := f.lines(directory); !strings.Contains(lines, account) || strings.Contains(lines, "secret") {
			t.Errorf("got %s", lines)
		}
	})
}

func TestStorage_InvalidFileIsIgnored(t *testing.T) {
	withFixture(t, func(f *fixture) {
		directory := f.keep()
		f.scrape()
		f.end()
		valid := f.lines(directory)
		for name, c := range map[string]struct{ old, replacement, problem string }{
			"another version": {`"version":1`, `"version":2`, "found version 2, expected 1"},
			"a metric":        {"daily_sessions", "daily_streams", "a metric of another report"},
			"a date":          {"2000-01-07", "2000-01-32", "a row outside the window"},
			"an old date":     {"2000-01-07", "0001-01-07", "a row outside the window"},
			"a long window":   {`"window_start":"2000-01-06`, `"window_start":"1990-01-06`, "a window that does not consist of days"},
			"a value":         {"5400", "-5400", "a negative value"},
			"half a response": {`"values":[3`, `"value":[3`, "different numbers of rows and values"},
		} {
			edited := strings.Replace(valid, c.old, c.replacement, 1)
			if edited == valid {
				t.Fatalf("%s: no %s in %s", name, c.old, valid)
			}
			writeLines(t, directory, edited)
			f.begin()
			f.expectLines(f.scrape(), storageUp+" 1")
			f.expectRequests(2)
			if got := f.log.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, `msg="cache file ignored"`) || !strings.Contains(got, c.problem) {
				t.Errorf("%s: log: %s", name, got)
			}
			f.end()
		}
	})
}

func TestStorage_MissingDirectory(t *testing.T) {
	withFixture(t, func(f *fixture) {
		f.plan.Directory = filepath.Join(t.TempDir(), "missing")
		f.exporter.Apply(f.plan)
		f.expectLines(f.scrape(), storageUp+" 0", `realtimekit_report_up{app="studio",report="livestreams"} 1`)
		time.Sleep(time.Minute)
		want := `level=warn msg="cache storage failed, responses are kept in memory only" directory=` + f.plan.Directory + ` err="` + f.plan.Directory + `: no such file or directory"` + "\n"
		if got := f.log.String(); got != want {
			t.Errorf("log: got %s, want %s", got, want)
		}
		if err := f.exporter.Status().StorageErr; err == nil {
			t.Error("the status does not have the problem")
		}
		if err := os.Mkdir(f.plan.Directory, 0o700); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Second)
		f.expectLines(f.scrape(), storageUp+" 1")
		if got := strings.TrimPrefix(f.log.String(), want); got != `level=info msg="cache storage recovered" directory=`+f.plan.Directory+"\n" {
			t.Errorf("log: %s", got)
		}
		f.restart(0)
		f.scrape()
		f.expectRequests(0)
	})
}

func TestStorage_ReloadChangesTheDirectory(t *testing.T) {
	withFixture(t, func(f *fixture) {
		f.scrape()
		first := f.keep()
		second := f.keep()
		f.expectLines(f.scrape(), storageUp+" 1")
		if a, b := f.lines(first), f.lines(second); a != b || !strings.Contains(a, studio) {
			t.Errorf("got\n%s\nand\n%s", a, b)
		}
		f.plan.Directory = ""
		f.exporter.Apply(f.plan)
		synctest.Wait()
		if up := samples(f.scrape(), storageUp); len(up) > 0 {
			t.Errorf("got %s without a directory", up)
		}
		f.plan.Directory = first // with what it had
		f.exporter.Apply(f.plan)
		f.expectLines(f.scrape(), storageUp+" 1")
		f.expectRequests(2)
	})
}
