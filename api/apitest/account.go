package apitest

import (
	"hash/fnv"
	"io"
	"maps"
	"math/rand/v2"
	"time"
)

const daySeconds = 24 * 60 * 60

// Days returns the rows of the response to a request with these times, sent now:
// in ascending order, without days that have no livestreams and without future
// days. Every day of the past has numbers; those of today grow until midnight.
func (a *API) Days(appID string, start, end time.Time) []Day {
	return a.days(appID, start.Unix(), end.Unix(), a.now())
}

func (a *API) days(appID string, start, end int64, now time.Time) []Day {
	p := a.stateOf(appID)
	return daysOf(start, end, now, func(d day) (Day, bool) {
		row, ok := p.set[d.date]
		if !ok && p.seeded {
			row = generate(appID, d)
		}
		return row, row.Sessions != 0 || row.IngestSeconds != 0 || row.ViewerSeconds != 0
	})
}

// stateOf returns a copy of an app's numbers. One that was not added has none.
func (a *API) stateOf(appID string) app {
	a.mu.Lock()
	defer a.mu.Unlock()
	p := a.apps[appID]
	if p == nil || len(p.accounts) == 0 {
		return app{}
	}
	return app{seeded: p.seeded, set: maps.Clone(p.set), setMeetings: maps.Clone(p.setMeetings), live: p.live}
}

// A day is a day that has numbers.
type day struct {
	date    string // YYYY-MM-DD
	weekday time.Weekday
	elapsed int64 // seconds since its start
}

func dayOf(midnight, now time.Time) day {
	return day{midnight.Format(time.DateOnly), midnight.Weekday(), now.Unix() - midnight.Unix()}
}

// daysOf returns the rows of the days from start to end, both included, without future
// days. row also returns whether a day has a row.
func daysOf[D any](start, end int64, now time.Time, row func(day) (D, bool)) (rows []D) {
	start, end = max(start, 0), min(end, now.Unix()) // no request can contain times before 1970
	if start > end {
		return nil
	}
	for n := start / daySeconds; n <= end/daySeconds; n++ {
		if d, ok := row(dayOf(time.Unix(n*daySeconds, 0).UTC(), now)); ok {
			rows = append(rows, d)
		}
	}
	return rows
}

// generate returns the elapsed part of a day.
func generate(appID string, on day) Day {
	d := Day{Date: on.date}
	for _, s := range livestreamsOf(appID, on) {
		if streamed := min(on.elapsed-s.start, s.length); streamed > 0 {
			d.Sessions++
			d.IngestSeconds += streamed
			d.ViewerSeconds += streamed * s.people / 100
		}
	}
	return d
}

// An event is a livestream or a meeting.
type event struct {
	start, length int64 // in seconds, the start from midnight
	people        int64 // viewers or participants, in hundredths: a mean over the event
	recorded      bool
}

// isLive reports whether the event is in progress.
func (e event) isLive(on day) bool { return e.start <= on.elapsed && on.elapsed < e.start+e.length }

// livestreamsOf returns the livestreams of a day, computed from the app and the date
// alone. It uses integers, because floating point may be rounded differently on another
// machine.
func livestreamsOf(appID string, on day) (events []event) {
	r, h := seeded(appID, "day", on.date), profileOf(appID)
	if r.Int64N(100) >= h.busy[on.weekday] {
		return nil
	}
	audience := h.audience
	if on.weekday == time.Saturday || on.weekday == time.Sunday {
		audience = audience * h.weekend / 100
	}
	for range h.sessions/3 + 1 + r.Int64N(h.sessions-h.sessions/3) {
		start := h.opens*3600 + r.Int64N((h.closes-h.opens)*3600)
		length := min(h.minutes*30+r.Int64N(h.minutes*60), daySeconds-start)
		events = append(events, event{start: start, length: length, people: audience * (50 + r.Int64N(101))})
	}
	return events
}

// A profile determines the livestreams of an app.
type profile struct {
	busy          [7]int64 // chance that a day has any, in percent, Sunday first
	sessions      int64    // most of them a day; the least is a third
	minutes       int64    // usual length; half to one and a half times that
	opens, closes int64    // UTC hours between which they start
	audience      int64    // usual viewers at a time; half to one and a half times that
	weekend       int64    // viewers at weekends, in percent of the usual
}

// profileOf returns the profile of any app. It depends on the ID alone.
func profileOf(appID string) profile {
	if h, ok := demoProfile(appID); ok {
		return h
	}
	r := seeded(appID, "habit", "") // part of the seed: another word changes all numbers
	h := profile{
		sessions: 4 + r.Int64N(30),
		minutes:  20 + r.Int64N(70),
		opens:    0,
		closes:   22,
		audience: 5 + r.Int64N(300),
		weekend:  40 + r.Int64N(120),
	}
	for i := range h.busy {
		h.busy[i] = 80 + r.Int64N(20)
	}
	return h
}

// seeded returns a random source that is the same in every process.
func seeded(appID, purpose, date string) *rand.Rand {
	h := fnv.New64a()
	_, _ = io.WriteString(h, appID+"\x00"+purpose+"\x00"+date) // a hash never fails
	return rand.New(rand.NewPCG(h.Sum64(), 0))
}
