package e2e

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestDashboardsAndRulesTellWhatHappened(t *testing.T) {
	t.Parallel()
	began := time.Now()
	m := newHistory(began).open(t)
	t.Logf("%v: the days are stored, and Prometheus is up", time.Since(began).Round(time.Second/10))

	t.Run("the recording rules", m.expectRecorded)
	t.Run("the alerts", m.expectAlerts)
	t.Logf("%v: rules", time.Since(began).Round(time.Second/10))

	live, streams := readDashboard(t, "exporter"), readDashboard(t, "livestreams")
	scenes := append(m.streamScenes(streams), m.exporterScenes(live)...)
	stages := m.ask(t, scenes)
	t.Logf("%v: %d scenes asked", time.Since(began).Round(time.Second/10), len(scenes))

	pictures := drawEverywhere(t, stages)
	t.Logf("%v: drawn in three time zones", time.Since(began).Round(time.Second/10))
	for _, s := range scenes {
		t.Run(s.name, func(t *testing.T) { m.compare(t, s, pictures[s.name]) })
	}
	for _, form := range unshown(scenes, pictures) {
		t.Errorf("no panel shows %q", form)
	}
	t.Run("the day that runs is marked", func(t *testing.T) { m.expectMarked(t, scenes) })
}

// ask runs every query of every scene, a few at a time as a browser does.
func (m *museum) ask(t *testing.T, scenes []*scene) []stageOfScene {
	t.Helper()
	stages, errs := make([]stageOfScene, len(scenes)), make([]error, len(scenes))
	var wait sync.WaitGroup
	slots := make(chan struct{}, 3)
	for i, s := range scenes {
		wait.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			if errs[i] = s.choose(t.Context()); errs[i] == nil {
				stages[i], errs[i] = s.stage(t.Context())
			}
		})
	}
	wait.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	return stages
}

// drawEverywhere draws all scenes where people live, which must not matter.
func drawEverywhere(t *testing.T, stages []stageOfScene) drawn {
	t.Helper()
	zones := []string{"UTC", "America/Los_Angeles", "Asia/Tokyo"}
	pictures, errs := make([]drawn, len(zones)), make([]error, len(zones))
	var wait sync.WaitGroup
	for i, zone := range zones {
		wait.Go(func() { pictures[i], errs[i] = draw(t.Context(), zone, stages) })
	}
	wait.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	for i, zone := range zones[1:] {
		for scene, panels := range pictures[0] {
			for title, p := range panels {
				if there := pictures[i+1][scene][title]; !reflect.DeepEqual(p.lasting(), there.lasting()) {
					t.Errorf("%s: panel %q in %s is\n%+v\nand in UTC\n%+v", scene, title, zone, there, p)
				}
			}
		}
	}
	return pictures[0]
}

// lasting is a picture without what changes with every look: how long ago
// something was.
func (p picture) lasting() picture {
	old := func(text string) bool { return strings.HasSuffix(text, " ago") }
	lasting := picture{Stats: slices.Clone(p.Stats)}
	for i := range lasting.Stats {
		if old(lasting.Stats[i].Text) {
			lasting.Stats[i].Text = ""
		}
	}
	for _, frame := range p.Frames {
		frame.Fields = slices.Clone(frame.Fields)
		for i := range frame.Fields {
			if slices.ContainsFunc(frame.Fields[i].Texts, old) {
				frame.Fields[i].Texts = nil
			}
		}
		lasting.Frames = append(lasting.Frames, frame)
	}
	return lasting
}

// compare has every panel of a scene say what happened.
func (m *museum) compare(t *testing.T, s *scene, panels map[string]picture) {
	expectations := livestreams()
	if s.dash.UID == "realtimekit-exporter" {
		expectations = exporterPanels()
	}
	seen := map[string]bool{}
	for _, p := range s.dash.all() {
		expect, ok := expectations[p.Title]
		switch {
		case seen[p.Title]:
			t.Errorf("there are two panels %q", p.Title)
		case !ok:
			t.Errorf("nobody has said what panel %q has to show", p.Title)
		default:
			shown := panels[p.Title]
			if err := errors.Join(expect(look{m.history, s, shown}), expectForms(p.Title, p.Type, shown), expectColours(shown)); err != nil {
				t.Errorf("panel %q: %v", p.Title, err)
			}
		}
		seen[p.Title] = true
	}
	for title := range expectations {
		if !seen[title] {
			t.Errorf("there is no panel %q", title)
		}
	}
	if err := m.compareOptions(s); err != nil {
		t.Error(err)
	}
}

// compareOptions says what is wrong with what one may choose from. Prometheus
// looks for labels in whole blocks, and so may offer apps that came later.
func (m *museum) compareOptions(s *scene) error {
	var apps []string
	for _, app := range m.apps {
		now := slices.ContainsFunc(m.configured(s.to), func(a storyApp) bool { return a.name == app.name })
		if now || slices.Contains(s.options["app"], app.name) {
			apps = append(apps, app.name)
		}
	}
	slices.Sort(apps)
	var err error
	if got := s.options["app"]; !slices.Equal(got, apps) {
		err = fmt.Errorf("one may choose from the apps %q, want %q", got, apps)
	}
	if got := s.options["job"]; !slices.Equal(got, []string{storyJob}) {
		err = errors.Join(err, fmt.Errorf("one may choose from the jobs %q", got))
	}
	if got := s.options["instance"]; !slices.Contains(got, other) {
		err = errors.Join(err, fmt.Errorf("one may choose from the instances %q", got))
	}
	return err
}

// streamScenes are the ways in which people look at the livestreams.
func (m *museum) streamScenes(d *dashboard) []*scene {
	endOf := func(n int) time.Time { return m.day(n + 1).Add(-time.Millisecond) }
	now := time.Now()
	only := func(apps ...string) map[string][]string { return map[string][]string{"app": apps} }
	scenes := []*scene{
		{name: "livestreams, at first", from: m.day(-29), to: endOf(0), relative: true},
		{name: "livestreams of one app", from: m.day(-29), to: endOf(0), relative: true, chosen: only(always)},
		{name: "livestreams of an app with a hostile name", from: m.day(-29), to: endOf(0), relative: true, chosen: only(hostile)},
		{name: "livestreams of two apps, one with a quote", from: m.day(-29), to: endOf(0), relative: true, quotes: true, chosen: only(late, hostile)},
		{name: "livestreams of an app that has none", from: m.day(-29), to: endOf(0), relative: true, chosen: only(silent)},
		{name: "livestreams of the last 7 days until now", from: now.AddDate(0, 0, -7), to: now, relative: true},
		{name: "livestreams of 90 days", from: m.day(-89), to: endOf(0), relative: true},
		{name: "livestreams of long ago, with an outage", from: m.day(-80), to: endOf(-60)},
		{name: "livestreams of a day long ago that was restated", from: m.day(lowered), to: endOf(lowered)},
	}
	for _, s := range scenes {
		s.dash, s.prom, s.now = d, m.prom, now
	}
	return scenes
}

// expectMarked expects the annotation to lie on today, and nowhere else.
func (m *museum) expectMarked(t *testing.T, scenes []*scene) {
	for _, s := range scenes {
		for _, a := range s.dash.Annotations.List {
			if a.Expr == "" {
				continue
			}
			step, err := parseDuration(a.Step)
			if err != nil {
				t.Fatal(err)
			}
			tgt := target{RefID: "Anno", Expr: a.Expr, Range: true, Interval: a.Step, Datasource: a.Datasource}
			got, err := s.askTarget(t.Context(), panel{Title: a.Name, MaxDataPoints: 100_000}, tgt, s.from, s.to)
			if err != nil {
				t.Error(err)
				continue
			}
			var times []time.Time
			for at := aligned(s.from, step); !at.After(s.to); at = at.Add(step) {
				if !at.Before(m.today) && at.Before(s.now) {
					times = append(times, at)
				}
			}
			if got, err := timesOf(got.Result); err != nil || !slices.EqualFunc(got, times, time.Time.Equal) {
				t.Errorf("%s: %s is at %v, want %v; %v", s.name, a.Name, got, times, err)
			}
		}
	}
}
