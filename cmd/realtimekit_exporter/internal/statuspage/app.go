package main

import (
	"fmt"
	"slices"
	"time"

	"github.com/prometheus/common/model"

	"github.com/realtimekit-exporter/realtimekit_exporter/collector"
)

// A card is what the page tells of an app's report.
type card struct {
	ID                        string // on the page
	Name, Report              string
	AppID, AccountID, Filters string
	State, Badge              string
	Failure, Reason, HowOften string
	Failed                    *moment
	Data                      *moment // nil before the first answer
	Note                      string  // on that answer
	Next                      string
	NextAt                    *moment
	Known, Rows               string
	Charts                    []chart
	Head                      []string // of the table of days
	Days                      []dayView
}

// A dayView is a row of an app's table of days.
type dayView struct {
	Date  string
	Today bool
	Cells []string // none if the day is not known
}

// cardID names a report's place on its page, by its number among all.
func cardID(i int) string { return fmt.Sprintf("app-%d", i) }

func newCard(s *collector.Status, i int, t *collector.TokenStatus) card {
	r := &s.Reports[i]
	c := card{
		ID: cardID(i), Name: visible(r.App.Name), Report: r.Report,
		AppID: r.App.ID, AccountID: r.AccountID, Filters: visible(r.App.Filters),
	}
	c.State, c.Badge = badge(r)
	if f := r.Failure; f != nil {
		c.Failure, c.Reason, c.Failed = visible(f.Err.Error()), string(f.Reason), newMoment(f.At, s.At)
		if f.Times > 1 {
			c.HowOften = whole(f.Times) + " times in a row"
		}
	}
	known := 0
	days := r.Days()
	for _, d := range days {
		if d.Values != nil {
			known++
		}
	}
	if !r.Answered.IsZero() {
		c.Data = newMoment(r.Answered, s.At)
		c.Known, c.Rows = fmt.Sprintf("%s of %s", whole(known), whole(len(days))), many(r.Rows, "row")+" in that answer"
		if r.Skipped > 0 {
			c.Rows += ", and " + many(r.Skipped, "row") + " without a date skipped"
		}
		switch {
		case !r.Shown:
			c.Note = fmt.Sprintf("The last good answer is older than cache.max_stale (%s), so its days are no longer shown.", model.Duration(max(s.TTL, s.MaxStale)))
		case known == 0:
			c.Note = "The last good answer had no row, so no day is known: there was no livestream in the window, or the filters select none."
		case r.Failure != nil:
			c.Note = "The days below are from the last good answer."
		}
	}
	c.Next, c.NextAt = next(r, s.At, t)
	if known > 0 {
		c.fill(r.Measures, days)
	}
	return c
}

// badge is the state of an app in a word or two.
func badge(r *collector.ReportStatus) (state, words string) {
	switch urgencyOf(r) {
	case failing:
		return bad, "Failing"
	case tooOld:
		return bad, "Too old"
	case fresh:
		return good, "Up to date"
	case unseen:
		if !r.Asking {
			return warn, "Not asked yet"
		}
		return warn, "First answer to come"
	}
	switch {
	case !r.Held.IsZero():
		return warn, "Waiting"
	case r.Asking:
		return good, "Being asked"
	}
	return good, "Due"
}

// next says when a request comes, or what it waits for.
func next(r *collector.ReportStatus, now time.Time, t *collector.TokenStatus) (string, *moment) {
	paused := t != nil && t.PausedUntil.After(now)
	switch {
	case r.Asking && !r.Held.IsZero() && paused:
		return "it waits, since a 429 keeps its token quiet, at least until", newMoment(r.Held, now)
	case r.Asking && !r.Held.IsZero():
		return "it waits for its turn within the rate limit, at least until", newMoment(r.Held, now)
	case r.Asking && t != nil && t.Waiting > 0:
		return "under way, or waiting for one of api.max_in_flight", nil
	case r.Asking:
		return "under way", nil
	case paused && r.Due.Before(t.PausedUntil):
		return "with the first scrape after a 429 no longer keeps its token quiet, at", newMoment(t.PausedUntil, now)
	case !r.Due.IsZero():
		return "with the first scrape after", newMoment(r.Due, now)
	}
	return "with the next scrape", nil
}

// fill makes the pictures and the table of the days.
func (c *card) fill(measures []collector.Measure, days []collector.Day) {
	for i, m := range measures {
		c.Head = append(c.Head, m.Title)
		if m.Chart {
			c.Charts = append(c.Charts, newChart(m, i, days))
		}
	}
	for i, d := range slices.Backward(days) {
		row := dayView{Date: d.Date.Format(time.DateOnly), Today: i == len(days)-1}
		for j, v := range d.Values {
			row.Cells = append(row.Cells, number(v/measures[j].Unit, measures[j].Unit == 1))
		}
		c.Days = append(c.Days, row)
	}
}
