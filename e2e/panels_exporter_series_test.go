package e2e

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"time"
)

// seriesNamed expects series, all with names of a form and numbers that are none below 0.
func seriesNamed(form string, least int) expectation {
	named := regexp.MustCompile(form)
	return func(l look) error {
		points, err := l.points()
		if err != nil {
			return err
		}
		if len(points) < least {
			return fmt.Errorf("it has %d points, want at least %d", len(points), least)
		}
		for _, frame := range l.Frames {
			if name := frame.Fields[1].Name; !named.MatchString(name) {
				return fmt.Errorf("it has a series %q, want %s", name, form)
			}
		}
		for _, key := range slices.Sorted(maps.Keys(points)) {
			if v := points[key]; v < 0 || math.IsInf(v, 0) {
				return fmt.Errorf("%s is %v", key, v)
			}
		}
		return nil
	}
}

// ofLive expects something only when the running exporter is in the range, at
// one of the points: the stored ones were not processes.
func ofLive(expect expectation) expectation {
	return func(l look) error {
		if l.to.Sub(l.from) <= time.Hour {
			return expect(l)
		}
		if len(l.Frames) > 0 && l.to.Before(l.history.now) {
			return errors.New("it shows something of a time without a process")
		}
		return nil
	}
}

// reportsUp expects 0 while the API failed, and 1 at all other times.
func reportsUp(l look) error {
	if err := seriesNamed(`^.+ · [0-9.]+:[0-9]+$`, 1)(l); err != nil {
		return err
	}
	var fell bool
	for _, frame := range l.Frames {
		times := frame.Fields[0].numbers()
		for i, v := range frame.Fields[1].numbers() {
			at := time.UnixMilli(int64(times[i]))
			fell = fell || v == 0
			if (v == 0) != l.fails(at) && (v == 0) != l.fails(at.Add(-time.Hour)) {
				return fmt.Errorf("%s is %v at %v", frame.Name, v, at)
			}
		}
	}
	if within := l.from.Before(l.failed()) && !l.to.Before(l.failed()); fell != within {
		return fmt.Errorf("it shows a failure: %t, want %t", fell, within)
	}
	return nil
}

// failed is a time in which the API failed.
func (l look) failed() time.Time { return l.history.at(failsFrom, 12) }

// failures expects the reason of the time in which the API failed, and nothing else.
func failures(l look) error {
	if l.to.Before(l.failed()) || l.from.After(l.failed()) {
		if len(l.Frames) > 0 {
			return fmt.Errorf("it shows %d series", len(l.Frames))
		}
		return nil
	}
	return seriesNamed(`^server · 10\.0\.0\.[23]:11780$`, 2)(l)
}
