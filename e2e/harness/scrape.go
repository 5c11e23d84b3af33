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
	ScrapeTimeout = 5 * time.Second // of a scrape, which so waits 4.5 s, or 3.5 s

	// A machine that has more to do than these tests is slow to answer.
	LongOffset = "--timeout-offset=1500ms"
)

// A Scrape is what an exporter said in one scrape.
type Scrape struct {
	Samples        // of the whole exposition
	Apps           map[string]Samples
	Sent, Received time.Time
	timeout, Took  time.Duration
}

// Scrape scrapes as a Prometheus would that gives up after so long. An answer
// that comes later is an error.
func (p *Process) Scrape(ctx context.Context, patience time.Duration) (*Scrape, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.URL+"/metrics", nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("X-Prometheus-Scrape-Timeout-Seconds", strconv.FormatFloat(patience.Seconds(), 'f', -1, 64))
	s := &Scrape{Samples: Samples{}, Apps: map[string]Samples{}, Sent: time.Now(), timeout: patience}
	_, body, err := Do(req)
	s.Received = time.Now()
	s.Took = s.Received.Sub(s.Sent)
	switch {
	case err != nil:
		return nil, err
	case s.Took > patience:
		return nil, fmt.Errorf("a scrape was answered after %v, too late for a patience of %v", s.Took, patience)
	}
	for line := range strings.Lines(string(body)) {
		if err := s.add(strings.TrimSpace(line)); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// add reads a line of the exposition. Names come out as PromQL writes them.
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

// DaysOf returns the samples of an app's days.
func (s *Scrape) DaysOf(app string) Samples {
	days := Samples{}
	for name, v := range s.Apps[app] {
		if strings.HasPrefix(name, Daily) {
			days[name] = v
		}
	}
	return days
}

// Report returns a sample about an app's report; 0 when there is none.
func (s *Scrape) Report(app, about string) float64 {
	return s.Apps[app][fmt.Sprintf(`realtimekit_report_%s{app=%q, report="livestreams"}`, about, app)]
}

// Failures counts the requests of an app that failed, by reason.
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

// FailureLines returns the log lines of an app's requests that failed.
func (p *Process) FailureLines(app string) []string {
	return slices.DeleteFunc(p.Lines(fmt.Sprintf("app=%q", app)), func(line string) bool {
		return !strings.Contains(line, `msg="report failed"`)
	})
}

// Total adds up the series of a family.
func (s *Scrape) Total(family string) (sum float64) {
	for name, v := range s.Samples {
		if strings.HasPrefix(name, family+"{") {
			sum += v
		}
	}
	return sum
}

// Complete says what keeps an app from being shown well, with just these days.
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

// DaySamples returns the samples by which an app's days are shown.
func DaySamples(app string, days []apitest.Day) Samples {
	want := Samples{}
	for _, d := range days {
		for name, v := range Measures(d) {
			want[fmt.Sprintf("%s%s{app=%q, date=%q}", Daily, name, app, d.Date)] = float64(v)
		}
	}
	return want
}

// AwaitReports scrapes until so many apps have answered well, and so many have not.
func (p *Process) AwaitReports(t *testing.T, well, failing int) {
	t.Helper()
	Eventually(t, func() error {
		s, err := p.Scrape(t.Context(), ScrapeTimeout)
		if err != nil {
			return err
		}
		up, down := int(s.Total("realtimekit_report_up")), 0
		for app := range s.Apps {
			if len(s.Failures(app)) > 0 {
				down++
			}
		}
		if up != well || down != failing {
			return fmt.Errorf("%d apps are well and %d fail, want %d and %d", up, down, well, failing)
		}
		return nil
	})
}
