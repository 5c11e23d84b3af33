package statuspage

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"

	"github.com/realtimekit-exporter/realtimekit_exporter/cmd/realtimekit_exporter/internal/plural"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector"
)

// A card shows a report of an app.
type card struct {
	ID                        string // on the page
	Name, Report              string
	AppID, AccountID, Filters string
	State, Badge              string
	Failure, Reason, Times    string
	Failed                    *moment
	Data                      *moment // when the last successful request was sent; nil before the first
	Note                      string  // about that response
	Next                      string
	NextAt                    *moment
	Known, Rows               string // of a report by day
	Charts                    []chart
	Head                      []string // of the table
	Days                      []row    // the table of a report by day
	Current                   []row    // the table of any other report
}

// A row is a row of the table.
type row struct {
	Label string
	Today bool
	Cells []string // empty if the value is unknown
}

// cardID is the ID of a report on the page, by its number among all reports.
func cardID(i int) string { return fmt.Sprintf("app-%d", i) }

func newCard(s *collector.Status, i int, t *collector.TokenStatus) card {
	r := &s.Reports[i]
	c := card{
		ID: cardID(i), Name: printable(r.App.Name), Report: r.Report,
		AppID: r.App.ID, AccountID: r.AccountID, Filters: printable(r.App.Filters),
	}
	c.State, c.Badge = badge(r)
	if f := r.Failure; f != nil {
		c.Failure, c.Reason, c.Failed = printable(f.Err.Error()), string(f.Reason), newMoment(f.At, s.At)
		if f.Times > 1 {
			c.Times = integer(f.Times) + " times in a row"
		}
	}
	c.Next, c.NextAt = nextRequest(r, s.At, t)
	lines := r.Lines()
	if !r.LastSuccess.IsZero() {
		c.Data = newMoment(r.LastSuccess, s.At)
	}
	if r.Label == "" {
		c.addDays(r, lines)
	} else {
		c.addCurrent(r, lines)
	}
	return c
}

// addDays adds the values of a report by day.
func (c *card) addDays(r *collector.ReportStatus, days []collector.Line) {
	known := 0
	for _, d := range days {
		if d.Known() {
			known++
		}
	}
	if c.Data != nil {
		c.Known, c.Rows = integer(known)+" of "+integer(len(days)), plural.Count(r.Rows, "row")+" in that response"
		if r.Skipped > 0 {
			c.Rows += ", " + plural.Count(r.Skipped, "row") + " without a date skipped"
		}
		switch {
		case !r.Exposed:
			c.Note = fmt.Sprintf("The last successful response is older than cache.max_stale (%s), so its days are no longer shown.", model.Duration(max(r.TTL, r.MaxStale)))
		case known == 0:
			c.Note = "The last successful response had no rows, so no day is known."
		case r.Failure != nil:
			c.Note = "The days below are from the last successful response."
		}
	}
	if known == 0 {
		return
	}
	for i, m := range r.Metrics {
		if m.Chart {
			c.Charts = append(c.Charts, newChart(m, i, days))
		}
	}
	c.Head, c.Days = table("Day", r.Metrics, days)
	c.Days[len(days)-1].Today = true
	slices.Reverse(c.Days)
}

// addCurrent adds the values of a report that is not by day.
func (c *card) addCurrent(r *collector.ReportStatus, lines []collector.Line) {
	switch {
	case c.Data == nil:
	case !r.Exposed:
		c.Note = fmt.Sprintf("The last successful response is older than %s, so its values are no longer shown.", model.Duration(max(r.TTL, r.MaxStale)))
	case r.Failure != nil:
		c.Note = "The values below are from the last successful response."
	}
	if len(lines) > 0 {
		label := strings.ToUpper(r.Label[:1]) + r.Label[1:]
		c.Head, c.Current = table(label, r.Metrics, lines)
	}
}

// badge is the state of a report in a few words.
func badge(r *collector.ReportStatus) (state, words string) {
	switch urgencyOf(r) {
	case failing:
		return bad, "Failing"
	case tooOld:
		return bad, "Too old"
	case fresh:
		return good, "Up to date"
	case noResponse:
		if !r.Fetching {
			return warn, "Not fetched yet"
		}
		return warn, "Waiting for the first response"
	}
	switch {
	case !r.NotBefore.IsZero():
		return warn, "Queued"
	case r.Fetching:
		return good, "Fetching"
	}
	return good, "Due"
}

// nextRequest says when the next request is sent, or what it waits for.
func nextRequest(r *collector.ReportStatus, now time.Time, t *collector.TokenStatus) (string, *moment) {
	paused := t != nil && t.PausedUntil.After(now)
	switch {
	case r.Fetching && !r.NotBefore.IsZero() && paused:
		return "queued; requests are paused after a 429, at least until", newMoment(r.NotBefore, now)
	case r.Fetching && !r.NotBefore.IsZero():
		return "queued by the rate limit, at least until", newMoment(r.NotBefore, now)
	case r.Fetching && t != nil && t.Waiting > 0:
		return "in progress, or queued by api.max_in_flight", nil
	case r.Fetching:
		return "in progress", nil
	case paused && r.Due.Before(t.PausedUntil):
		return "with the first scrape after the pause for a 429, which ends at", newMoment(t.PausedUntil, now)
	case !r.Due.IsZero():
		return "with the first scrape after", newMoment(r.Due, now)
	}
	return "with the next scrape", nil
}

// table returns the values of the metrics, in their units for people.
func table(label string, metrics []collector.Metric, lines []collector.Line) (head []string, rows []row) {
	head = append(head, label)
	for _, m := range metrics {
		head = append(head, m.Title)
	}
	for _, line := range lines {
		r := row{Label: printable(line.Label)}
		for i, m := range metrics {
			text := ""
			if v := line.Values[i]; !math.IsNaN(v) {
				text = number(v/m.Unit, m.Unit == 1)
			}
			r.Cells = append(r.Cells, text)
		}
		rows = append(rows, r)
	}
	return head, rows
}
