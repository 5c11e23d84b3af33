package restart

import (
	"fmt"
	"math/rand/v2"
	"os/exec"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness"
)

// An exporter is killed 20 times while it starts, and 20 times while it is scraped. The
// next one serves the responses in the file, and requests only due reports.
func TestKill_NextStartServesTheSameDays(t *testing.T) {
	t.Parallel()
	s := newScenario(t)
	first := harness.Launch(t, s.args()...)
	first.AwaitReports(t, apps, 0)
	s.awaitFile(t)
	kill(t, first)

	fresh, due := 0, 0
	for round := range 20 {
		s.killAtStart(t, time.Duration(rand.Int64N(int64(300*time.Millisecond))))

		s.hang()
		s.API.ResetRequests()
		file, err := s.file()
		if err != nil {
			t.Fatalf("round %d: the file is not complete: %v", round, err)
		}
		exporter := harness.Launch(t, s.args()...)
		scrape, err := exporter.Scrape(t.Context(), harness.ScrapeTimeout)
		if err != nil {
			t.Fatal(err)
		}
		for _, err := range s.differences(scrape, file) {
			t.Errorf("round %d: %v", round, err)
		}
		if lines := exporter.Lines("level=warn", "level=error"); len(lines) > 0 {
			t.Errorf("round %d: logged %q", round, lines)
		}
		// Because of the jitter, a response is due up to a tenth of the TTL earlier.
		for _, r := range s.API.Requests() {
			if age := r.Time.Sub(file[r.AppID].Sent); age < ttl*9/10-10*time.Millisecond {
				t.Errorf("round %d: %s was requested at the age of %v", round, r.AppID, age)
			}
		}
		for app, n := range s.Requests() {
			if n != 1 {
				t.Errorf("round %d: %d requests for %s", round, n, app)
			}
		}
		due += len(s.Requests())
		fresh += apps - len(s.Requests())

		s.respond()
		s.underLoad(t, exporter, time.Duration(rand.Int64N(int64(4*time.Second))))
		kill(t, exporter)
	}
	t.Logf("%d responses were due, %d were not", due, fresh)
	if due == 0 || fresh == 0 {
		t.Error("all or none were due, which proves nothing")
	}
}

// killAtStart starts an exporter and kills it after a while.
func (s *scenario) killAtStart(t *testing.T, after time.Duration) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "realtimekit_exporter", s.args()...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	<-time.After(after)
	if err := cmd.Process.Kill(); err != nil {
		t.Error(err)
	}
	_ = cmd.Wait() // it was killed
}

func kill(t *testing.T, p *harness.Process) {
	t.Helper()
	p.Signal(t, syscall.SIGKILL)
	_ = p.Wait() // it was killed
}

// differences compares a scrape with the file.
func (s *scenario) differences(scrape *harness.Scrape, file map[string]savedResponse) (all []error) {
	if scrape.Samples["realtimekit_exporter_cache_storage_up"] != 1 {
		all = append(all, fmt.Errorf("the storage is not up"))
	}
	for _, app := range s.names {
		name, known := "name of "+app, file[app]
		if known.Metrics == nil {
			all = append(all, fmt.Errorf("%s is not in the file", app))
			continue
		}
		for day := 1 - harness.WindowDays; day <= 0; day++ {
			series := fmt.Sprintf("%ssessions{app=%q, date=%q}", harness.Daily, name, s.Date(day))
			if got := scrape.Samples[series]; got != known.sessions() {
				all = append(all, fmt.Errorf("%s is %v, want %v", series, got, known.sessions()))
			}
		}
		if got, want := scrape.Report(name, "last_success_timestamp_seconds"), float64(known.End.UnixMilli())/1000; got != want {
			all = append(all, fmt.Errorf("the last success of %s is %v, want %v", app, got, want))
		}
	}
	return all
}

// underLoad scrapes the exporter for a while, several times at once.
func (s *scenario) underLoad(t *testing.T, p *harness.Process, d time.Duration) {
	t.Helper()
	var wg sync.WaitGroup
	end := time.Now().Add(d)
	for range 4 {
		wg.Go(func() {
			for time.Now().Before(end) {
				if _, err := p.Scrape(t.Context(), 10*harness.ScrapeTimeout); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}
