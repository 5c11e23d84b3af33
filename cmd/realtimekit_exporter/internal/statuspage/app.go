package statuspage

import (
	"fmt"
	"math"
	"slices"
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
	Known, Rows               string
	Charts                    []chart
	Head                      []string // of the table of days
	Days                      []dayRow
}

// A dayRow is a row of the table of days.
type dayRow struct {
	Date  string
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
	known := 0
	days := r.Days()
	for _, d := range days {
		if d.Known() {
			known++
		}
	}
	if !r.LastSuccess.IsZero() {
		c.Data = newMoment(r.LastSuccess, s.At)
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
	c.Next, c.NextAt = nextRequest(r, s.At, t)
	if known > 0 {
		c.fill(r.Metrics, days)
	}
	return c
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

// fill adds the charts and the table of the days.
func (c *card) fill(metrics []collector.Metric, days []collector.Day) {
	for i, m := range metrics {
		c.Head = append(c.Head, m.Title)
		if m.Chart {
			c.Charts = append(c.Charts, newChart(m, i, days))
		}
	}
	for i, d := range slices.Backward(days) {
		row := dayRow{Date: d.Date.Format(time.DateOnly), Today: i == len(days)-1}
		for i, m := range metrics {
			text := ""
			if v := d.Values[i]; !math.IsNaN(v) {
				text = number(v/m.Unit, m.Unit == 1)
			}
			row.Cells = append(row.Cells, text)
		}
		c.Days = append(c.Days, row)
	}
}
