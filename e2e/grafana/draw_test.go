package grafana

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
)

// What Grafana makes of the answers, by scene and by title of the panel.
type drawn map[string]map[string]picture

// A picture is what a panel shows.
type picture struct {
	Frames []frame
	Stats  []stat
}

type frame struct {
	Name, RefID string
	Fields      []field
}

type field struct {
	Name, Type, Unit string
	Hidden           bool
	Labels           map[string]string
	Values           []json.RawMessage
	Texts, Colors    []string
	Links            [][]string
}

type stat struct {
	Title, Text, Color   string
	Value, PercentChange json.RawMessage
}

// The form in which panels.mjs is asked.
type sceneInput struct {
	Name      string              `json:"name"`
	Range     map[string]int64    `json:"range"`
	Variables map[string][]string `json:"variables"`
	Panels    []askedPanel        `json:"panels"`
}

type askedPanel struct {
	Panel   json.RawMessage `json:"panel"`
	Queries []asked         `json:"queries"`
}

// draw has Grafana's own code transform and format what was asked, for somebody
// who lives in a time zone. What it remarks is of fields that a panel has no
// data for.
func draw(ctx context.Context, zone string, scenes []sceneInput) (drawn, error) {
	if _, err := os.Stat("../node_modules/@grafana/data"); err != nil {
		return nil, fmt.Errorf("packages of Grafana are not here, which `make e2e` fetches: %w", err)
	}
	in, err := json.Marshal(scenes)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, "node", "panels.mjs")
	cmd.Env = append(os.Environ(), "TZ="+zone)
	cmd.Stdin = bytes.NewReader(in)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s in %s: %w\n%s", cmd, zone, err, &stderr)
	}
	var d drawn
	return d, json.Unmarshal(out, &d)
}
