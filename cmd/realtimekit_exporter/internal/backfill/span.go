package backfill

import (
	"fmt"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
)

// A Span is the UTC days from one to another, both included.
type Span struct{ From, To time.Time } // a zero To is the latest possible day

func (s Span) String() string { return day(s.From) + " to " + day(s.To) }

func day(t time.Time) string { return t.Format(time.DateOnly) }

// check returns the span with its last day. The latest possible day is the day before
// yesterday, whose sample is at noon yesterday. A later sample could be in the up to 3
// hours that Prometheus has in memory: it drops scrapes if an imported block overlaps them.
func (s Span) check(now time.Time) (Span, error) {
	latest := api.Day(now).AddDate(0, 0, -2)
	if s.To.IsZero() {
		s.To = latest
	}
	const expected = "expected %s, the day before yesterday (UTC), or an earlier date"
	switch {
	case s.To.After(latest):
		return s, fmt.Errorf("--to=%s: "+expected+", so that the samples are older than those in Prometheus's memory", day(s.To), day(latest))
	case s.From.After(latest):
		return s, fmt.Errorf("--from=%s: "+expected, day(s.From), day(latest))
	case s.From.After(s.To):
		return s, fmt.Errorf("--from=%s is after --to=%s", day(s.From), day(s.To))
	case s.From.Unix() < 0:
		return s, fmt.Errorf("--from=%s: expected 1970-01-01 or a later date", day(s.From))
	}
	return s, nil
}
