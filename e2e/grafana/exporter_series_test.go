package grafana

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"time"
)

// seriesNamed expects series of each query, all with names of a form and numbers
// from 0 to the most that makes sense.
func seriesNamed(form string, most float64, refIDs ...string) expectation {
	named := regexp.MustCompile(form)
	return func(l look) error {
		points, err := l.points()
		if err != nil {
			return err
		}
		without := slices.Clone(refIDs)
		for _, frame := range l.Frames {
			without = slices.DeleteFunc(without, func(id string) bool { return id == frame.RefID })
			if name := frame.Fields[1].Name; !named.MatchString(name) {
				return fmt.Errorf("it has a series %q, want %s", name, form)
			}
		}
		if len(without) > 0 {
			return fmt.Errorf("its queries %q have no result", without)
		}
		for _, key := range slices.Sorted(maps.Keys(points)) {
			if v := points[key]; v < 0 || v > most {
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
		if len(l.Frames) > 0 && l.to.Before(l.History.Now) {
			return errors.New("it shows something of a time without a process")
		}
		return nil
	}
}
