package e2e

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
)

// A scraped is what an exporter said in one scrape.
type scraped struct {
	samples           // of the whole exposition
	apps              map[string]samples
	asked, answered   time.Time
	patience, waiting time.Duration
}

// scrape scrapes as a Prometheus would that gives up after so long. An answer
// that comes later is an error.
func (p *process) scrape(ctx context.Context, patience time.Duration) (*scraped, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.url+"/metrics", nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("X-Prometheus-Scrape-Timeout-Seconds", strconv.FormatFloat(patience.Seconds(), 'f', -1, 64))
	s := &scraped{samples: samples{}, apps: map[string]samples{}, asked: time.Now(), patience: patience}
	_, body, err := do(req)
	s.answered = time.Now()
	s.waiting = s.answered.Sub(s.asked)
	switch {
	case err != nil:
		return nil, err
	case s.waiting > patience:
		return nil, fmt.Errorf("a scrape was answered after %v, too late for a patience of %v", s.waiting, patience)
	}
	for line := range strings.Lines(string(body)) {
		if err := s.add(strings.TrimSpace(line)); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// add reads a line of the exposition. Names come out as PromQL writes them.
func (s *scraped) add(line string) error {
	if line == "" || line[0] == '#' {
		return nil
	}
	end := strings.LastIndexByte(line, ' ')
	v, err := strconv.ParseFloat(line[end+1:], 64)
	if err != nil {
		return fmt.Errorf("%s: %w", line, err)
	}
	name := strings.ReplaceAll(line[:end], `",`, `", `)
	s.samples[name] = v
	if _, rest, ok := strings.Cut(name, `{app="`); ok {
		app, _, _ := strings.Cut(rest, `"`)
		if s.apps[app] == nil {
			s.apps[app] = samples{}
		}
		s.apps[app][name] = v
	}
	return nil
}

// daysOf returns the samples of an app's days.
func (s *scraped) daysOf(app string) samples {
	days := samples{}
	for name, v := range s.apps[app] {
		if strings.HasPrefix(name, daily) {
			days[name] = v
		}
	}
	return days
}

// report returns a sample about an app's report; 0 when there is none.
func (s *scraped) report(app, about string) float64 {
	return s.apps[app][fmt.Sprintf(`realtimekit_report_%s{app=%q, report="livestreams"}`, about, app)]
}

// failures counts the requests of an app that failed, by reason.
func (s *scraped) failures(app string) map[string]int {
	failures := map[string]int{}
	for name, v := range s.apps[app] {
		_, reason, ok := strings.Cut(name, `reason="`)
		if ok && v > 0 {
			reason, _, _ = strings.Cut(reason, `"`)
			failures[reason] = int(v)
		}
	}
	return failures
}

// failed returns the log lines of an app's requests that failed.
func (p *process) failed(app string) []string {
	return slices.DeleteFunc(p.lines(fmt.Sprintf("app=%q", app)), func(line string) bool {
		return !strings.Contains(line, `msg="report failed"`)
	})
}

// total adds up the series of a family.
func (s *scraped) total(family string) (sum float64) {
	for name, v := range s.samples {
		if strings.HasPrefix(name, family+"{") {
			sum += v
		}
	}
	return sum
}

// complete says what keeps an app from being shown well, with just these days.
func (s *scraped) complete(app string, days []apitest.Day) error {
	err := differ(s.daysOf(app), shownAs(app, days))
	if s.report(app, "up") != 1 {
		err = errors.Join(errors.New("report_up is not 1"), err)
	}
	if err != nil {
		err = fmt.Errorf("app %q: %w", app, err)
	}
	return err
}

// shownAs returns the samples by which an app's days are shown.
func shownAs(app string, days []apitest.Day) samples {
	want := samples{}
	for _, d := range days {
		for name, v := range measures(d) {
			want[fmt.Sprintf("%s%s{app=%q, date=%q}", daily, name, app, d.Date)] = float64(v)
		}
	}
	return want
}
