package grafana

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness"
	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness/history"
)

// A fixture is a Prometheus on the stored days, and what its rules have recorded of them.
type fixture struct {
	*history.Server
	lately map[int]history.Shown // of the scrapes of each day
}

func TestDashboards_ShowTheHistory(t *testing.T) {
	t.Parallel()
	began := time.Now()
	m := &fixture{history.New(began).Start(t), map[int]history.Shown{}}
	t.Logf("%v: the days are stored, and Prometheus is up", time.Since(began).Round(time.Second/10))

	t.Run("what can be known is what the API said", m.expectFinal)
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

// expectFinal holds what can be known against what the API says in the end. Only
// a day that was restated downwards once a replaced pod had shown it keeps the
// larger numbers, as the contract says.
func (m *fixture) expectFinal(t *testing.T) {
	count := 0
	for _, app := range m.Apps {
		for n := history.FirstDay - harness.WindowDays; n <= 0; n++ {
			shown, ok := m.Shown.Latest(app.Name, n)
			said := m.Day(app, n, m.Now)
			if n == history.LoweredAgain && ok {
				said = m.Day(app, n, m.At(history.Replaced, 12))
			}
			if ok && shown != said {
				t.Errorf("day %d of %s is shown as %+v, and the API says %+v", n, app.Name, shown, said)
			}
			if !ok && said.Sessions > 0 && n > history.FirstDay && n > app.Since-harness.WindowDays {
				t.Errorf("day %d of %s is not known, and the API says %+v", n, app.Name, said)
			}
			count++
		}
	}
	t.Logf("%d days of apps", count)
}

// ask runs every query of every scene, a few at a time as a browser does.
func (m *fixture) ask(t *testing.T, scenes []*scene) []sceneInput {
	t.Helper()
	stages, errs := make([]sceneInput, len(scenes)), make([]error, len(scenes))
	var wait sync.WaitGroup
	slots := make(chan struct{}, 3)
	for i, s := range scenes {
		wait.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			if errs[i] = s.choose(t.Context()); errs[i] == nil {
				stages[i], errs[i] = s.input(t.Context())
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
func drawEverywhere(t *testing.T, stages []sceneInput) drawn {
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
					t.Errorf("%s: panel %q in %s is\n%v\nand in UTC\n%v", scene, title, zone, there, p)
				}
			}
		}
	}
	return pictures[0]
}

// String writes down what there is to be read in a picture.
func (p picture) String() string {
	var b strings.Builder
	for _, s := range p.Stats {
		fmt.Fprintf(&b, "%s: %s\n", s.Title, s.Text)
	}
	for _, frame := range p.Frames {
		for _, f := range frame.Fields {
			fmt.Fprintf(&b, "%s: %q\n", f.Name, f.Texts)
		}
	}
	return b.String()
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
func (m *fixture) compare(t *testing.T, s *scene, panels map[string]picture) {
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
			if err := errors.Join(expect(look{m, s, shown}), expectForms(p.Title, p.Type, shown), expectColours(shown)); err != nil {
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
func (m *fixture) compareOptions(s *scene) error {
	var apps []string
	for _, app := range m.Apps {
		now := slices.ContainsFunc(m.Configured(s.to), func(a history.App) bool { return a.Name == app.Name })
		if now || slices.Contains(s.options["app"], app.Name) {
			apps = append(apps, app.Name)
		}
	}
	slices.Sort(apps)
	var err error
	if got := s.options["app"]; !slices.Equal(got, apps) {
		err = fmt.Errorf("one may choose from the apps %q, want %q", got, apps)
	}
	if got := s.options["job"]; !slices.Equal(got, []string{history.Job}) {
		err = errors.Join(err, fmt.Errorf("one may choose from the jobs %q", got))
	}
	if got := s.options["instance"]; !slices.Contains(got, history.Other) {
		err = errors.Join(err, fmt.Errorf("one may choose from the instances %q", got))
	}
	return err
}
