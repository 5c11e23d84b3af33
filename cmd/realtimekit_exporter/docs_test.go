package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kingpin/v2"
	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"
	versioncollector "github.com/prometheus/client_golang/prometheus/collectors/version"
	dto "github.com/prometheus/client_model/go"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
	"github.com/realtimekit-exporter/realtimekit_exporter/cmd/realtimekit_exporter/internal/logging"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector"
)

var update = flag.Bool("update", false, "update the golden files") //nolint:gochecknoglobals // go test parses its flags before the tests run

const reference = "../../docs/reference.md"

// inReference returns the part of the reference between two marks.
func inReference(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(reference)
	if err != nil {
		t.Fatal(err)
	}
	_, after, begun := strings.Cut(string(text), "<!-- "+name+" -->\n")
	table, _, ended := strings.Cut(after, "<!-- /"+name+" -->\n")
	if !begun || !ended {
		t.Fatalf("%s has no section %s", reference, name)
	}
	return table
}

// sameTable compares a table of the reference with that of the code, or updates it.
func sameTable(t *testing.T, name, want string) {
	t.Helper()
	got := inReference(t, name)
	if *update {
		text, err := os.ReadFile(reference)
		if err != nil {
			t.Fatal(err)
		}
		mark := "<!-- " + name + " -->\n"
		updated := strings.Replace(string(text), mark+got, mark+want, 1)
		if err := os.WriteFile(reference, []byte(updated), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if got != want {
		t.Errorf("the reference has\n%s\nthe code has\n%s\n`make golden` updates it", got, want)
	}
}

func TestReference_Flags(t *testing.T) {
	line := newCommandLine()
	sameTable(t, "flags", flagTable(line.app.Model().Flags))
	for _, c := range line.commands {
		sameTable(t, c.clause.FullCommand(), flagTable(line.flags(c.clause.FullCommand())))
	}
}

func flagTable(flags []*kingpin.FlagModel) string {
	var table strings.Builder
	table.WriteString("| flag | default | meaning |\n|---|---|---|\n")
	for _, f := range flags {
		if f.Hidden {
			continue
		}
		name, value, help := "--"+f.Name, strings.Join(f.Default, " "), strings.TrimSuffix(f.Help, ".")
		if f.Short != 0 {
			name = fmt.Sprintf("-%c, %s", f.Short, name)
		}
		if value != "" {
			value = "`" + value + "`"
		}
		if f.Envar != "" {
			value += ", or `$" + f.Envar + "`"
		}
		fmt.Fprintf(&table, "| `%s` | %s | %s |\n", name, value, help)
	}
	return table.String()
}

func TestReference_Metrics(t *testing.T) {
	sameTable(t, "metrics", metricTable(t, collector.Reports()))
}

// metricTable lists the metrics of a demo that collects some reports.
func metricTable(t *testing.T, reports []collector.Report) string {
	t.Helper()
	own := prometheus.NewRegistry()
	messages := logging.NewWriter(io.Discard)
	defer messages.Close()
	own.MustRegister(versioncollector.NewCollector(program), messages.Dropped)
	directory := t.TempDir()
	exporter := collector.New(t.Context(), log.NewNopLogger(), own, time.Now)
	r := newReloader(func() (*loaded, error) {
		l, err := loadDemo(time.Now)
		l.plan.Reports, l.plan.Directory = reports, directory
		return l, err
	}, exporter, log.NewNopLogger(), own, time.Now)
	t.Cleanup(func() { exporter.WaitSaved(context.WithoutCancel(t.Context())) }) // before the directory is removed
	if err := r.reload(); err != nil {
		t.Fatal(err)
	}
	all := prometheus.NewPedanticRegistry()
	all.MustRegister(exporter.Snapshot(t.Context()), own)
	families, err := all.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var table strings.Builder
	table.WriteString("| metric | type | labels | meaning |\n|---|---|---|---|\n")
	for _, f := range families {
		var labels []string
		for _, l := range f.GetMetric()[0].GetLabel() {
			labels = append(labels, l.GetName())
		}
		kind := strings.ToLower(f.GetType().String())
		if f.GetType() == dto.MetricType_HISTOGRAM && f.GetMetric()[0].GetHistogram().GetSchema() != 0 {
			kind += ", classic and native"
		}
		fmt.Fprintf(&table, "| `%s` | %s | %s | %s |\n", f.GetName(), kind, strings.Join(labels, ", "), strings.TrimSuffix(f.GetHelp(), "."))
	}
	return table.String()
}

func TestReference_Reasons(t *testing.T) {
	var got []api.Reason
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z_]+)` \\|").FindAllStringSubmatch(inReference(t, "reasons"), -1) {
		got = append(got, api.Reason(row[1]))
	}
	if want := api.Reasons(); !slices.Equal(got, want) {
		t.Errorf("the reference has the reasons %q, want %q", got, want)
	}
}

func TestREADME_ExampleOutput(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	sample := regexp.MustCompile(`(?m)^realtimekit_livestream_daily_(\w+)\{app="([^"]+)",date="([^"]+)"\} (\d+)$`)
	samples := sample.FindAllStringSubmatch(string(text), -1)
	if len(samples) < 6 {
		t.Fatalf("found only %d samples of days", len(samples))
	}
	for _, s := range samples {
		date, err := time.Parse(time.DateOnly, s[3])
		if err != nil {
			t.Fatal(err)
		}
		sim := apitest.Demo(func() time.Time { return date.AddDate(0, 0, 1) })
		want := apitest.Day{}
		if days := sim.Days(s[2], date, date.Add(time.Hour)); len(days) > 0 {
			want = days[0]
		}
		value := map[string]int64{"sessions": want.Sessions, "ingest_seconds": want.IngestSeconds, "viewer_seconds": want.ViewerSeconds}[s[1]]
		if s[4] != fmt.Sprint(value) {
			t.Errorf("%s: the demo says %d", s[0], value)
		}
	}
}
