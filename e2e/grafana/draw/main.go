// Draw draws the dashboards with Grafana's components in Chromium, over a
// Prometheus with the data of each scenario. It fails on what a person would
// report: see tools/draw/checks.mjs.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/grafana/scenario"
	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness"
)

// A picture is a dashboard as a person sees it.
type picture struct {
	Name       string `json:"name"`
	Dashboard  string `json:"dashboard"`
	Prometheus string `json:"prometheus"`
	Now        int64  `json:"now"` // ms
	From       string `json:"from"`
	To         string `json:"to"`
	Mode       string `json:"mode"`
	Height     int    `json:"height"` // cut off below; 0: the full dashboard
	Open       bool   `json:"open"`   // collapsed rows are open
	Empty      string `json:"empty"`  // panels that may be empty: a regular expression for titles
	scenario   string
}

func main() {
	out := flag.String("out", "", "directory for the pictures")
	root := flag.String("root", "..", "root of the repository")
	only := flag.String("only", "", "draw only pictures whose name matches this regular expression")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := draw(ctx, *root, *out, *only); err != nil {
		stop()
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func pictures() []picture {
	const streams, meetings, exporter, top = "livestreams", "meetings", "exporter", 1516 // the first rows, as the docs show them
	return []picture{
		{Name: "livestreams-dark", Dashboard: streams, From: "now-30d/d", scenario: "demo"},
		{Name: "livestreams-light", Dashboard: streams, From: "now-30d/d", scenario: "demo", Mode: "light"},
		{Name: "demo-livestreams-7d", Dashboard: streams, From: "now-7d", scenario: "demo"},
		{Name: "demo-livestreams-24h", Dashboard: streams, From: "now-24h", scenario: "demo", Empty: "^Weekday"},
		{Name: "demo-livestreams-month", Dashboard: streams, From: "now/M", To: "now/M", scenario: "demo"},
		{Name: "demo-livestreams-history", Dashboard: streams, From: "now-60d/d", scenario: "demo", Open: true},
		{Name: "demo-livestreams-now", Dashboard: streams, From: "now-7d", scenario: "demo", Open: true},
		{Name: "meetings-dark", Dashboard: meetings, From: "now-30d/d", scenario: "demo"},
		{Name: "meetings-light", Dashboard: meetings, From: "now-30d/d", scenario: "demo", Mode: "light"},
		{Name: "demo-meetings-history", Dashboard: meetings, From: "now-60d/d", scenario: "demo", Open: true},
		{Name: "exporter-dark", Dashboard: exporter, Height: top, From: "now-24h", scenario: "demo"},
		{Name: "exporter-light", Dashboard: exporter, Height: top, From: "now-24h", scenario: "demo", Mode: "light"},
		{Name: "fresh-livestreams", Dashboard: streams, From: "now-30d/d", scenario: "fresh"},
		{Name: "fresh-meetings", Dashboard: meetings, From: "now-30d/d", scenario: "fresh"},
		{Name: "fresh-exporter", Dashboard: exporter, From: "now-24h", scenario: "fresh"},
		{Name: "faults-livestreams", Dashboard: streams, From: "now-30d/d", scenario: "faults"},
		{Name: "faults-meetings", Dashboard: meetings, From: "now-30d/d", scenario: "faults"},
		{Name: "faults-exporter-24h", Dashboard: exporter, From: "now-24h", scenario: "faults"},
		{Name: "faults-exporter-1h", Dashboard: exporter, From: "now-1h", scenario: "faults"},
		{Name: "sparse-livestreams", Dashboard: streams, From: "now-30d/d", scenario: "sparse"},
		{Name: "sparse-live-off", Dashboard: streams, From: "now-7d", scenario: "sparse", Open: true, Empty: "recorded$|^(Live|Participants)"},
		{Name: "sparse-exporter", Dashboard: exporter, From: "now-24h", scenario: "sparse", Empty: "^(Failed requests|Discovery)"},
		{Name: "forty-apps-livestreams", Dashboard: streams, From: "now-30d/d", scenario: "forty-apps"},
		{Name: "forty-apps-meetings", Dashboard: meetings, From: "now-30d/d", scenario: "forty-apps"},
		{Name: "forty-apps-exporter", Dashboard: exporter, From: "now-24h", scenario: "forty-apps"},
		{Name: "empty-livestreams", Dashboard: streams, From: "now-30d/d", scenario: "empty", Empty: "."},
		{Name: "empty-meetings", Dashboard: meetings, From: "now-30d/d", scenario: "empty", Empty: "."},
		{Name: "empty-exporter", Dashboard: exporter, From: "now-24h", scenario: "empty", Empty: "."},
	}
}

func draw(ctx context.Context, root, out, only string) error {
	matches, err := regexp.Compile(only)
	if err != nil {
		return err
	}
	if err := harness.Build(ctx, root); err != nil {
		return err
	}
	tmp, err := os.MkdirTemp("", "draw")
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	var servers []<-chan struct{}
	defer func() {
		stop()
		for _, stopped := range servers {
			<-stopped
		}
		_ = os.RemoveAll(tmp) // a temporary directory
	}()
	var todo []picture
	for _, s := range scenario.All() {
		url := ""
		for _, p := range pictures() {
			if p.scenario != s.Name || !matches.MatchString(p.Name) {
				continue
			}
			if url == "" {
				dir := filepath.Join(tmp, s.Name)
				if err := os.MkdirAll(dir, 0o750); err != nil {
					return err
				}
				var stopped <-chan struct{}
				if url, stopped, err = s.Serve(ctx, dir); err != nil {
					return err
				}
				servers = append(servers, stopped)
			}
			p.Prometheus, p.Now = url, s.Now.UnixMilli()
			if p.To == "" {
				p.To = "now"
			}
			if p.Empty == "" {
				p.Empty = "^Failed requests"
			}
			if p.Mode == "" {
				p.Mode = "dark"
			}
			todo = append(todo, p)
		}
	}
	in, err := json.Marshal(todo)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, "node", filepath.Join(root, "tools/draw/draw.mjs"), filepath.Join(root, "dashboards"), out)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(string(in)), os.Stdout, os.Stderr
	return cmd.Run()
}
