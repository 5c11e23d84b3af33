package grafana

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness"
	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness/history"
)

func versions(l look) error {
	names, err := l.named("Exporter")
	if err != nil {
		return err
	}
	version, err1 := l.named("Version")
	revision, err2 := l.named("Revision")
	if err := errors.Join(err1, err2, sameInstances(names.Texts, l.instances())); err != nil {
		return err
	}
	for i, name := range names.Texts {
		want := history.StoredVersion + " of " + history.StoredRevision
		if isLive(name) {
			want = harness.Version + " of unknown"
		}
		if got := version.Texts[i] + " of " + revision.Texts[i]; got != want {
			return fmt.Errorf("version of %s is %s, want %s", name, got, want)
		}
	}
	return nil
}

func configuredApps(l look) error {
	names, err := l.named("App")
	ids, err1 := l.named("App id")
	if err := errors.Join(err, err1); err != nil {
		return err
	}
	got, want := map[string]string{}, map[string]string{}
	for i, name := range names.Texts {
		got[name] = ids.Texts[i]
	}
	for _, app := range l.Configured(l.at()) {
		if slices.Contains(l.selected(), app.Name) {
			want[app.Name] = app.ID
		}
	}
	return harness.Diff(got, want)
}

// reports expects each app's state at each target, and why it fails.
func reports(l look) error {
	var columns []field
	for _, name := range []string{"App", "Exporter", "State", "Last failure"} {
		f, err := l.named(name)
		if err != nil {
			return err
		}
		columns = append(columns, f)
	}
	got, want := map[string]string{}, map[string]string{}
	for i, app := range columns[0].Texts {
		instance := columns[1].Texts[i]
		if isLive(instance) {
			instance = "live"
		}
		got[app+" · "+instance] = columns[2].Texts[i] + ", " + columns[3].Texts[i]
	}
	for _, app := range l.selected() {
		for _, instance := range l.instances() {
			want[app+" · "+instance] = "up, none"
			if l.Fails(l.at()) {
				want[app+" · "+instance] = "failing, server"
			}
		}
	}
	return harness.Diff(got, want)
}

// reportsUp expects 0 while the API failed, and 1 at all other times.
func reportsUp(l look) error {
	if err := seriesNamed(`^.+ · [0-9.]+:[0-9]+$`, 1, "A")(l); err != nil {
		return err
	}
	var fell bool
	for _, frame := range l.Frames {
		times := frame.Fields[0].numbers()
		for i, v := range frame.Fields[1].numbers() {
			at := time.UnixMilli(int64(times[i]))
			fell = fell || v == 0
			if (v == 0) != l.Fails(at) && (v == 0) != l.Fails(at.Add(-time.Hour)) {
				return fmt.Errorf("%s is %v at %v", frame.Name, v, at)
			}
		}
	}
	if within := l.from.Before(l.failing()) && !l.to.Before(l.failing()); fell != within {
		return fmt.Errorf("it shows a failure: %t, want %t", fell, within)
	}
	return nil
}

// failing is when the API failed.
func (l look) failing() time.Time { return l.History.At(history.FailsFrom, 12) }

// failures expects the reason of the time in which the API failed, and nothing else.
func failures(l look) error {
	if l.to.Before(l.failing()) || l.from.After(l.failing()) {
		if len(l.Frames) > 0 {
			return fmt.Errorf("it shows %d series", len(l.Frames))
		}
		return nil
	}
	return seriesNamed(`^server · 10\.0\.0\.[23]:11780$`, 600, "A")(l)
}
