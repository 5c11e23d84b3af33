package harness

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
)

const (
	// ScrapeTimeout is the timeout of most scrapes. With the default offset, the
	// exporter waits 4.5 s for the API; with LongOffset 3.5 s.
	ScrapeTimeout = 5 * time.Second

	// LongOffset is a flag of the exporter, for tests that keep the machine so busy
	// that a response can take longer than usual.
	LongOffset = "--timeout-offset=1500ms"
)

// A Scrape is the result of a scrape.
type Scrape struct {
	Samples        // of the whole exposition
	Apps           map[string]Samples
	Sent, Received time.Time
	Took           time.Duration
}

// Scrape scrapes the exporter as Prometheus would with this scrape timeout. A response
// after the timeout is an error.
func (p *Process) Scrape(ctx context.Context, timeout time.Duration) (*Scrape, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.URL+"/metrics", nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("X-Prometheus-Scrape-Timeout-Seconds", strconv.FormatFloat(timeout.Seconds(), 'f', -1, 64))
	s := &Scrape{Samples: Samples{}, Apps: map[string]Samples{}, Sent: time.Now()}
	_, body, err := Do(req)
	s.Received = time.Now()
	s.Took = s.Received.Sub(s.Sent)
	switch {
	case err != nil:
		return nil, err
	case s.Took > timeout:
		return nil, fmt.Errorf("the scrape took %v, longer than its timeout of %v", s.Took, timeout)
	}
	for line := range strings.Lines(string(body)) {
		if err := s.add(strings.TrimSpace(line)); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// add reads a line of the exposition. Names of series are written as in PromQL.
func (s *Scrape) add(line string) error {
	if line == "" || line[0] == '#' {
		return nil
	}
	end := strings.LastIndexByte(line, ' ')
	v, err := strconv.ParseFloat(line[end+1:], 64)
	if err != nil {
		return fmt.Errorf("%s: %w", line, err)
	}
	name := strings.ReplaceAll(line[:end], `",`, `", `)
	s.Samples[name] = v
	if _, rest, ok := strings.Cut(name, `{app="`); ok {
		app, _, _ := strings.Cut(rest, `"`)
		if s.Apps[app] == nil {
			s.Apps[app] = Samples{}
		}
		s.Apps[app][name] = v
	}
	return nil
}

// DaysOf returns the samples of the daily metrics of an app.
func (s *Scrape) DaysOf(app string) Samples {
	days := Samples{}
	for name, v := range s.Apps[app] {
		if strings.HasPrefix(name, Daily) {
			days[name] = v
		}
	}
	return days
}

// Report returns the sample realtimekit_report_* of an app's livestreams, 0 if there is
// none.
func (s *Scrape) Report(app, about string) float64 { return s.ReportOf("livestreams", app, about) }

// ReportOf is [Scrape.Report] of any report.
func (s *Scrape) ReportOf(report, app, about string) float64 {
	return s.Apps[app][fmt.Sprintf("realtimekit_report_%s{app=%q, report=%q}", about, app, report)]
}

// Failures returns the number of failed requests of an app by reason.
func (s *Scrape) Failures(app string) map[string]int {
	failures := map[string]int{}
	for name, v := range s.Apps[app] {
		_, reason, ok := strings.Cut(name, `reason="`)
		if ok && v > 0 {
			reason, _, _ = strings.Cut(reason, `"`)
			failures[reason] = int(v)
		}
	}
	return failures
}

// FailureLines returns the log lines about failed requests of an app.
func (p *Process) FailureLines(app string) []string {
	return slices.DeleteFunc(p.Lines(fmt.Sprintf("app=%q", app)), func(line string) bool {
		return !strings.Contains(line, `msg="report failed"`)
	})
}

// Total returns the sum over the series of a metric.
func (s *Scrape) Total(family string) (sum float64) {
	for name, v := range s.Samples {
		if strings.HasPrefix(name, family+"{") {
			sum += v
		}
	}
	return sum
}

// Complete returns an error unless the report of an app is up and shows exactly these
// days.
func (s *Scrape) Complete(app string, days []apitest.Day) error {
	err := Diff(s.DaysOf(app), DaySamples(app, days))
	if s.Report(app, "up") != 1 {
		err = errors.Join(errors.New("report_up is not 1"), err)
	}
	if err != nil {
		err = fmt.Errorf("app %q: %w", app, err)
	}
	return err
}

// DaySamples returns the samples that the exporter shows for days of an app.
func DaySamples(app string, days []apitest.Day) Samples {
	want := Samples{}
	for _, d := range days {
		for name, v := range Measures(d) {
			want[fmt.Sprintf("%s%s{app=%q, date=%q}", Daily, name, app, d.Date)] = float64(v)
		}
	}
	return want
}

// AwaitReports scrapes until exactly this many reports are up, and exactly this many are
// failing.
func (p *Process) AwaitReports(t *testing.T, up, failing int) {
	t.Helper()
	Eventually(t, func() error {
		s, err := p.Scrape(t.Context(), ScrapeTimeout)
		if err != nil {
			return err
		}
		gotUp, gotFailing := int(s.Total("realtimekit_report_up")), 0
		for app := range s.Apps {
			if len(s.Failures(app)) > 0 {
				gotFailing++
			}
		}
		if gotUp != up || gotFailing != failing {
			return fmt.Errorf("%d apps are up and %d are failing, want %d and %d", gotUp, gotFailing, up, failing)
		}
		return nil
	})
}

// Usage is the use of resources by a process.
type Usage struct{ Goroutines, FDs, Resident float64 }

// Usage returns the use of resources from the metrics of the process.
func (p *Process) Usage(t *testing.T) Usage {
	t.Helper()
	s, err := p.Scrape(t.Context(), 10*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	u := Usage{s.Samples["go_goroutines"], s.Samples["process_open_fds"], s.Samples["process_resident_memory_bytes"]}
	if u.Goroutines == 0 || u.FDs == 0 || u.Resident == 0 {
		t.Fatalf("the exposition has no go_goroutines, process_open_fds or process_resident_memory_bytes: %+v", u)
	}
	return u
}
