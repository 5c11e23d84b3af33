package main

import (
	"bytes"
	_ "embed"
	"text/template"
)

//go:embed recording.yml.tmpl
var file string

// A group has the rules of one report.
type group struct {
	Name    string
	Metrics []string // with the labels app and date
	Ratios  []ratio
}

// A ratio of two metrics is computed over all days of a period.
type ratio struct{ Name, Of, Per, Help string }

// A period is a number of days, by their age in days: From <= age < To.
type period struct {
	Name     string
	From, To int
}

// Days is the number of days in the period.
func (p period) Days() int { return p.To - p.From }

// Complete reports whether the period has a value only if the window contains all
// of its days.
func (p period) Complete() bool { return p.Days() > 1 }

func groups() []group {
	return []group{{
		Name: "realtimekit-livestreams",
		Metrics: []string{
			"realtimekit_livestream_daily_sessions",
			"realtimekit_livestream_daily_ingest_seconds",
			"realtimekit_livestream_daily_viewer_seconds",
		},
		Ratios: []ratio{{
			Name: "realtimekit_livestream_viewer_seconds_per_ingest_seconds",
			Of:   "realtimekit_livestream_daily_viewer_seconds",
			Per:  "realtimekit_livestream_daily_ingest_seconds",
			Help: "Average audience: viewer time / ingest time.",
		}},
	}, {
		Name: "realtimekit-meetings",
		Metrics: []string{
			"realtimekit_meeting_daily_sessions",
			"realtimekit_meeting_daily_seconds",
			"realtimekit_recording_daily_recordings",
			"realtimekit_recording_daily_seconds",
		},
	}}
}

func periods() []period {
	return []period{{"today", 0, 1}, {"yesterday", 1, 2}, {"sum7d", 1, 8}, {"sum30d", 1, 31}}
}

// generate returns the content of the file.
func generate() ([]byte, error) {
	t, err := template.New("recording.yml").Funcs(template.FuncMap{
		"periods": periods,
		"days":    func(metric string, p period) map[string]any { return map[string]any{"Metric": metric, "Period": p} },
	}).Parse(file)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = t.Execute(&out, groups())
	return out.Bytes(), err
}
