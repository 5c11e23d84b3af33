package backfill

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness"
)

// The exporter and the rules are installed today. An earlier installation recorded some
// days. The test follows the instructions that the command prints.
func TestBackfill_EveryDayIsRight(t *testing.T) {
	t.Parallel()
	s := newScenario(t)
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	output, printed := s.backfill(t, filepath.Join(dir, "backfill.om"), firstDay)
	retention := regexp.MustCompile(`--storage\.tsdb\.retention\.time of Prometheus is at least (\d+d)`).FindStringSubmatch(printed)
	command := regexp.MustCompile(`(?m)^ *(promtool .*) FILE DIRECTORY$`).FindStringSubmatch(printed)
	if retention == nil || command == nil {
		t.Fatalf("no retention or no command in\n%s", printed)
	}
	if documented := command[1] + " backfill.om /var/lib/prometheus\n"; !strings.Contains(harness.ReadFile(t, "../../docs/rules.md"), documented) {
		t.Errorf("docs/rules.md does not have %s", documented)
	}
	recorded := s.recordBefore(t, dir, data)

	exporter := harness.Start(t, "realtimekit_exporter", "--config.file="+s.config, "--web.listen-address=127.0.0.1:0")
	rules, err := filepath.Abs(filepath.Join(harness.Root, "dashboards/rules/recording.yml"))
	if err != nil {
		t.Fatal(err)
	}
	start := func() harness.Prometheus {
		return harness.StartPrometheusOn(t, data, "rule_files: ["+rules+"]\nscrape_configs:\n"+harness.Job("streams", []*harness.Process{exporter}, nil), "--storage.tsdb.retention.time="+retention[1])
	}
	prom := start()
	prom.AwaitScrapes(t, 1, 5)
	before := blocks(t, data)
	run(t, append(strings.Fields(command[1]), output, data)...)
	imported := blocks(t, data)
	if n := len(imported) - len(before); n < 10 || n > 11 {
		t.Errorf("promtool created %d blocks, want 10 or 11 of %d days", n, -firstDay-2)
	}
	for _, b := range imported {
		if end := time.UnixMilli(b.MaxTime).UTC(); end.After(s.midnight(-1).Add(12*time.Hour + time.Millisecond)) {
			t.Errorf("block %s ends at %v, which Prometheus has in memory", b.ULID, end)
		}
	}

	harness.Within(t, 4*time.Minute, func() error { return s.compare(t, prom, recorded) })
	scraped := s.scrapes(t, prom, time.Now())
	stopped := time.Now()
	prom.Terminate(t)

	again := start()
	again.AwaitScrapes(t, 1, 5)
	harness.Within(t, 4*time.Minute, func() error { return s.compare(t, again, recorded) })
	if n := s.scrapes(t, again, stopped); n < scraped {
		t.Errorf("of %v scrapes before the restart, %v are left", scraped, n)
	}
	for _, p := range []harness.Prometheus{prom, again} {
		if lines := p.Lines("out of bounds", "out of order"); len(lines) > 0 {
			t.Errorf("Prometheus logs %q", lines)
		}
	}
}

// backfill runs the command for the days from a first one into a file, and returns the
// text on stderr.
func (s *scenario) backfill(t *testing.T, file string, from int) (output, printed string) {
	t.Helper()
	out, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	var stderr strings.Builder
	cmd := exec.CommandContext(t.Context(), "realtimekit_exporter", "backfill", "--config.file="+s.config, "--from="+s.date(from))
	cmd.Stdout, cmd.Stderr = out, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, &stderr)
	}
	return file, stderr.String()
}

// recordBefore stores some recorded days of the app daily. It returns the days whose
// recorded value must be kept: those that were recorded after noon of the next day.
func (s *scenario) recordBefore(t *testing.T, dir, data string) map[int]float64 {
	t.Helper()
	var text strings.Builder
	last := map[int]float64{}
	fmt.Fprintln(&text, "# TYPE app:realtimekit_livestream_daily_sessions:yesterday gauge")
	for n := -40; n < -30; n++ {
		for hour := 1; hour < 24 && (n%2 == 0 || hour < 12); hour++ {
			fmt.Fprintf(&text, "app:realtimekit_livestream_daily_sessions:yesterday{app=\"daily\"} %d %d\n", 1000*hour-n, s.midnight(n+1).Add(time.Duration(hour)*time.Hour).Unix())
			last[n] = float64(1000*hour - n)
		}
		if n%2 != 0 {
			delete(last, n) // the backfilled sample is later
		}
	}
	file := filepath.Join(dir, "recorded.om")
	harness.WriteFile(t, file, text.String()+"# EOF\n")
	run(t, "promtool", "tsdb", "create-blocks-from", "openmetrics", "--max-block-duration=486h", file, data)
	return last
}

// compare compares the results of the documented query with the API.
func (s *scenario) compare(t *testing.T, prom harness.Prometheus, recorded map[int]float64) error {
	t.Helper()
	query := harness.Section(t, "../../docs/rules.md", "daily")
	for _, measure := range []string{"sessions", "ingest_seconds", "viewer_seconds"} {
		got, err := prom.QueryDays(t.Context(), strings.ReplaceAll(query, "daily_sessions", "daily_"+measure), s.midnight(firstDay-10), s.midnight(0))
		if measure != "sessions" {
			recorded = nil
		}
		if err == nil {
			err = harness.Diff(got, s.want(measure, recorded))
		}
		if err != nil {
			return fmt.Errorf("%s: %w", measure, err)
		}
	}
	return s.compareDashboard(t, prom)
}

// compareDashboard compares the panel of recorded sessions with the days that only the
// backfill has.
func (s *scenario) compareDashboard(t *testing.T, prom harness.Prometheus) error {
	t.Helper()
	expr := regexp.MustCompile(`"expr": "(max by \(app\) \(last_over_time\(app:realtimekit_livestream_daily_sessions:yesterday.*)"`).
		FindStringSubmatch(harness.ReadFile(t, "../../dashboards/livestreams.json"))
	if expr == nil {
		t.Fatal("the dashboard does not show the recorded sessions")
	}
	const from, to = firstDay, -60
	query := strings.NewReplacer("${app:regex}", ".*", "${__range_s}", fmt.Sprint((to-from)*86400)).Replace(expr[1])
	got, err := prom.QueryDays(t.Context(), query, s.midnight(from), s.midnight(to))
	if err != nil {
		return err
	}
	want := s.want("sessions", nil)
	for n := to + 1; n <= 0; n++ {
		for _, a := range apps() {
			delete(want, a.name+" at "+s.midnight(n).Format(time.RFC3339))
		}
	}
	if err := harness.Diff(got, want); err != nil {
		return fmt.Errorf("dashboard: %w", err)
	}
	return nil
}

// scrapes counts the scrapes until a time.
func (s *scenario) scrapes(t *testing.T, prom harness.Prometheus, at time.Time) float64 {
	t.Helper()
	result, err := prom.QueryAt(t.Context(), "count_over_time(up[1h])", at)
	if err != nil || len(result) != 1 {
		t.Fatalf("got %v, %v", result, err)
	}
	_, n, err := harness.Point(result[0].Value)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// A block is the meta.json of a block.
type block struct {
	ULID             string
	MinTime, MaxTime int64
}

func blocks(t *testing.T, data string) (found []block) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(data, "*/meta.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		var b block
		if err := json.Unmarshal([]byte(harness.ReadFile(t, file)), &b); err != nil {
			t.Fatal(err)
		}
		found = append(found, b)
	}
	return found
}

func run(t *testing.T, args ...string) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), args[0], args[1:]...).CombinedOutput(); err != nil {
		t.Fatalf("%q: %v\n%s", args, err, out)
	}
}

// Mimir refuses blocks of more than one day.
func TestBackfill_BlocksForMimir(t *testing.T) {
	t.Parallel()
	s := newScenario(t)
	dir := t.TempDir()
	output, _ := s.backfill(t, filepath.Join(dir, "backfill.om"), -30)
	const command = "promtool tsdb create-blocks-from openmetrics --max-block-duration=24h"
	if !strings.Contains(harness.ReadFile(t, "../../docs/rules.md"), command+" backfill.om blocks\n") {
		t.Errorf("docs/rules.md does not have %s", command)
	}
	run(t, append(strings.Fields(command), output, dir)...)
	found := blocks(t, dir)
	for _, b := range found {
		if first, last := time.UnixMilli(b.MinTime), time.UnixMilli(b.MaxTime-1); first.UTC().YearDay() != last.UTC().YearDay() {
			t.Errorf("block %s is from %v to %v", b.ULID, first.UTC(), last.UTC())
		}
	}
	if len(found) != 29 {
		t.Errorf("promtool created %d blocks, want 29", len(found))
	}
}

func TestBackfill_ClosedPipe(t *testing.T) {
	t.Parallel()
	s := newScenario(t)
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer writer.Close()
	reader.Close()
	var stderr strings.Builder
	cmd := exec.CommandContext(t.Context(), "realtimekit_exporter", "backfill", "--config.file="+s.config, "--from="+s.date(firstDay))
	cmd.Stdout, cmd.Stderr = writer, &stderr
	var exit *exec.ExitError
	if err := cmd.Run(); !errors.As(err, &exit) || exit.ExitCode() != 1 || !strings.HasSuffix(stderr.String(), "broken pipe: the output is incomplete, and has no # EOF\n") || strings.Contains(stderr.String(), "promtool") {
		t.Errorf("%v:\n%s", err, &stderr)
	}
}

// A pipe holds less than the output, and the rest is not read.
func TestBackfill_SignalWhileItWrites(t *testing.T) {
	t.Parallel()
	s := newScenario(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	cmd := exec.CommandContext(ctx, "realtimekit_exporter", "backfill", "--config.file="+s.config, "--from="+s.date(2*firstDay))
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	var stderr strings.Builder
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	begin := make([]byte, 10)
	if _, err := stdout.Read(begin); err != nil {
		t.Fatal(err)
	}
	cancel()
	state, err := cmd.Process.Wait()
	if err != nil || state.ExitCode() != 1 {
		t.Fatalf("%v, %v", state, err)
	}
	rest := make([]byte, 1<<20)
	n, _ := stdout.Read(rest)
	if strings.Contains(string(rest[:n]), "EOF") {
		t.Errorf("the output ends with %q", rest[max(0, n-100):n])
	}
}
