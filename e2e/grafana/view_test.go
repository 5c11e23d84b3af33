package grafana

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/grafana/scenario"
	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness"
)

// A view is a dashboard as a person sees it: the input of panels.mjs.
type view struct {
	Name       string              `json:"name"`
	Dashboard  string              `json:"dashboard"`
	Prometheus string              `json:"prometheus"`
	Now        int64               `json:"now"`
	From       string              `json:"from"`
	To         string              `json:"to"`
	Variables  map[string][]string `json:"variables,omitempty"`

	asOf time.Time // of the last sample that the view shows
}

// A result is what a person sees.
type result struct {
	Options map[string][]string
	Samples int64 // that Prometheus read
	Panels  map[string]panel
}

type panel struct {
	Frames [][]field
	Stats  []struct {
		Title, Text, Color string
		Value              *float64
	}
}

type field struct {
	Name, Type, Missing  string
	Values               []json.RawMessage
	Texts, Colors, Links []string
}

// serve starts a Prometheus with the data of a scenario.
func serve(t *testing.T, s *scenario.Scenario) string {
	t.Helper()
	url, stopped, err := s.Serve(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { <-stopped }) // before the folder is removed
	return url
}

// show lets Grafana's code query, transform and format, for a person in a time zone.
func show(ctx context.Context, zone string, views []view) (map[string]result, error) {
	for i := range views {
		views[i].Dashboard = harness.Root + "/dashboards/" + strings.TrimSuffix(views[i].Dashboard, ".json") + ".json"
	}
	in, err := json.Marshal(views)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, "node", "panels.mjs")
	cmd.Env = append(os.Environ(), "TZ="+zone, "LC_ALL=en_US.UTF-8")
	cmd.Stdin = bytes.NewReader(in)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s in %s (`make e2e` installs its packages): %w\n%s", cmd, zone, err, &stderr)
	}
	var all map[string]result
	return all, json.Unmarshal(out, &all)
}

// column returns a field of a table.
func (p panel) column(t *testing.T, name string) field {
	t.Helper()
	for _, frame := range p.Frames {
		for _, f := range frame {
			if f.Name == name {
				return f
			}
		}
	}
	t.Fatalf("no column %q", name)
	return field{}
}

// numbers are the values of a field; null is NaN.
func (f field) numbers() []float64 {
	var numbers []float64
	for _, raw := range f.Values {
		v, err := strconv.ParseFloat(string(raw), 64)
		if err != nil {
			v = math.NaN()
		}
		numbers = append(numbers, v)
	}
	return numbers
}

// points are the values of a graph by series and date. All points are at 00:00 UTC.
func (p panel) points(t *testing.T) map[string]float64 {
	t.Helper()
	points := map[string]float64{}
	for _, frame := range p.Frames {
		times := frame[0].numbers()
		for _, f := range frame[1:] {
			if f.Missing != "–" {
				t.Errorf("a missing value of %s is shown as %q", f.Name, f.Missing)
			}
			for i, v := range f.numbers() {
				at := time.UnixMilli(int64(times[i])).UTC()
				if at.Truncate(24*time.Hour) != at || frame[0].Type != "time" {
					t.Errorf("%s has a point at %v", f.Name, at)
				}
				if !math.IsNaN(v) {
					points[f.Name+" on "+at.Format(time.DateOnly)] = v
				}
			}
		}
	}
	return points
}

// expectNumbers compares numbers by name.
func expectNumbers(t *testing.T, got, want map[string]float64) {
	t.Helper()
	for name, w := range want {
		if g, ok := got[name]; !ok || math.Abs(g-w) > 1e-9*max(math.Abs(w), 1) {
			t.Errorf("%s is %v, want %v", name, g, w)
		}
	}
	for name, g := range got {
		if _, ok := want[name]; !ok {
			t.Errorf("%s is %v, want nothing", name, g)
		}
	}
}
