package collector_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector"
)

// cacheVersion1 is a decompressed file of version 1. The exporter must read it as long as
// savedVersion is 1. A change of the format needs another version.
const cacheVersion1 = "testdata/cache-v1.jsonl"

func TestStorage_WritesVersion1(t *testing.T) {
	withVersion1(t, func(f *fixture) {
		directory := f.keep()
		f.scrape()
		f.end()
		got := f.lines(directory)
		if *update {
			if err := os.WriteFile(cacheVersion1, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(cacheVersion1)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	})
}

func TestStorage_ReadsVersion1(t *testing.T) {
	withVersion1(t, func(f *fixture) {
		want := f.scrape()
		file, err := os.ReadFile(cacheVersion1)
		if err != nil {
			t.Fatal(err)
		}
		f.plan.Directory = t.TempDir()
		writeLines(t, f.plan.Directory, string(file))
		f.restart(0)
		if got := f.scrape(); reports(got) != reports(want) {
			t.Errorf("got\n%s\nwant\n%s", reports(got), reports(want))
		}
		f.expectRequests(0)
	})
}

// withVersion1 runs a test with the content of the file: a list of apps, and a response of
// each report for each app.
func withVersion1(t *testing.T, test func(f *fixture)) {
	t.Helper()
	discovering(t, func(f *fixture) {
		f.plan.Reports = collector.Reports()
		f.sim.SetMeetingDay(studio+"-id", apitest.MeetingDay{Date: "2000-01-09", Sessions: 2, SessionSeconds: 50})
		f.sim.SetLive(studio+"-id", apitest.Session{ID: "0", Type: "meeting", Participants: 3}, apitest.Session{ID: "1", Type: "meeting", Participants: 4})
		f.sim.OverrideEndpoint(studio+"-id", apitest.LivestreamDays, apitest.Body(`{"success":true,"data":[{"count":0,"date":"2000-01-09"},
			{"count":2,"date":"2000-01-10","total_ingest_seconds":0.25,"total_viewer_seconds":9007199254740993},{"count":1}]}`))
		f.plan.Accounts[0].Apps = []collector.App{{ID: mainStage + "-id", Name: "filtered", Filters: `region="eu" & <more>`}}
		f.exporter.Apply(f.plan)
		synctest.Wait() // for the token to be read
		test(f)
	})
}

// The exporter starts with any file, and its metrics are valid.
func FuzzRestore(f *testing.F) {
	valid, err := os.ReadFile(cacheVersion1)
	if err != nil {
		f.Fatal(err)
	}
	lines := strings.SplitAfter(string(valid), "\n")
	for _, line := range lines[1:] {
		f.Add(line)
	}
	directory := f.TempDir()
	f.Fuzz(func(t *testing.T, entries string) {
		synctest.Test(t, func(t *testing.T) {
			time.Sleep(9*24*time.Hour + 12*time.Hour)
			writeLines(t, directory, lines[0]+entries)
			f := &fixture{T: t, sim: apitest.New(time.Now), registry: prometheus.NewRegistry(), tokens: map[string]string{}}
			f.plan = collector.Plan{
				Reports: collector.Reports(), Days: 5, TTL: 15 * time.Minute, LiveTTL: time.Minute, MaxStale: 72 * time.Hour,
				Timeout: time.Second, MaxInFlight: 8, Limit: collector.Limit{Requests: 300, Per: 5 * time.Minute},
				BaseURL: "https://api.example/client/v4", Directory: directory,
				Accounts: []collector.Account{discover(f.account(account), ".*")},
			}
			f.plan.Accounts[0].Apps = []collector.App{{ID: mainStage + "-id", Name: "filtered", Filters: `region="eu" & <more>`}}
			f.begin()
			defer f.end()
			f.scrape()
			for _, r := range f.exporter.Status().Reports {
				if n := len(r.Lines()); r.Label == "" && n != 5 {
					t.Errorf("%d days, want 5", n)
				}
			}
		})
		if err := os.Remove(filepath.Join(directory, cacheFile)); err != nil {
			t.Fatal(err)
		}
	})
}

// A start from the file of 1,000 apps: it is read, and written again.
func BenchmarkRestart(b *testing.B) {
	upstream, ids := slowAPI(1000, 0)
	plan := loadPlan(ids, 8, "http://127.0.0.1", upstream.Client().Transport)
	plan.Days, plan.Limit.Requests, plan.Directory = 35, 1_000_000, b.TempDir()
	restart := func() {
		ctx, stop := context.WithCancel(b.Context())
		e := collector.New(ctx, log.NewNopLogger(), prometheus.NewRegistry(), time.Now)
		e.Apply(plan)
		b.StopTimer()
		if up := reportsUp(b, e.Snapshot(ctx)); up != len(ids) {
			b.Fatalf("%d reports are up", up)
		}
		stop()
		e.WaitSaved(b.Context())
		b.StartTimer()
	}
	restart()
	upstream.ResetRequests()
	b.ResetTimer()
	for b.Loop() {
		restart()
	}
	if n := len(upstream.Requests()); n > 0 {
		b.Errorf("%d requests", n)
	}
	file, err := os.Stat(filepath.Join(plan.Directory, cacheFile))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(file.Size()), "file-bytes")
}
