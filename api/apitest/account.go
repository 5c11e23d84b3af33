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
	a.mu.Lock()
	p := a.apps[appID]
	if p == nil || len(p.accounts) == 0 {
		a.mu.Unlock()
		return nil
	}
	fromSeed, set := p.seeded, maps.Clone(p.set)
	a.mu.Unlock()

	start, end = max(start, 0), min(end, now.Unix()) // no request can contain times before 1970
	if start > end {
		return nil
	}
	var days []Day
	for n := start / daySeconds; n <= end/daySeconds; n++ {
		midnight := time.Unix(n*daySeconds, 0).UTC()
		date := midnight.Format(time.DateOnly)
		d, ok := set[date]
		if !ok && fromSeed {
			d = generate(appID, date, midnight.Weekday(), now.Unix()-midnight.Unix())
		}
		if d.Sessions != 0 || d.IngestSeconds != 0 || d.ViewerSeconds != 0 {
			days = append(days, d)
		}
	}
	return days
}

// generate returns the elapsed part of a day, computed from the app and the date
// alone, livestream by livestream. It uses integers, because floating point may be
// rounded differently on another machine.
func generate(appID, date string, on time.Weekday, elapsed int64) Day {
	r, h := seeded(appID, "day", date), profileOf(appID)
	d := Day{Date: date}
	if r.Int64N(100) >= h.busy[on] {
		return d
	}
	audience := h.audience
	if on == time.Saturday || on == time.Sunday {
		audience = audience * h.weekend / 100
	}
	for range h.sessions/3 + 1 + r.Int64N(h.sessions-h.sessions/3) {
		start := h.opens*3600 + r.Int64N((h.closes-h.opens)*3600)
		length := min(h.minutes*30+r.Int64N(h.minutes*60), daySeconds-start)
		viewers := audience * (50 + r.Int64N(101)) // in hundredths: a mean over the livestream
		if streamed := min(elapsed-start, length); streamed > 0 {
			d.Sessions++
			d.IngestSeconds += streamed
			d.ViewerSeconds += streamed * viewers / 100
		}
	}
	return d
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
