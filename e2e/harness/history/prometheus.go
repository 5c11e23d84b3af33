package history

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness"
)

// A Server is a Prometheus that stores the history, scrapes a running exporter, and has
// the rules of dashboards/rules loaded.
type Server struct {
	*History
	Prom  harness.Prometheus
	Dir   string // of Prometheus
	rules []string
}

// store writes the blocks of the stored days with promtool.
func (h *History) store(t *testing.T, data string) {
	t.Helper()
	dir := t.TempDir()
	h.write(t, dir)
	files, err := filepath.Glob(filepath.Join(dir, "*.om"))
	if err != nil {
		t.Fatal(err)
	}
	var wait sync.WaitGroup
	for _, file := range files {
		wait.Go(func() {
			run(t, "promtool", "tsdb", "create-blocks-from", "openmetrics", "--max-block-duration="+BlockSpan.String(), file, data)
		})
	}
	wait.Wait()
}

// run runs a command, which must succeed.
func run(t *testing.T, name string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%s: %v\n%s", cmd, err, out)
	}
}

// Start starts Prometheus on the stored days: first alone, to backfill the rules, and then
// with a running exporter.
func (h *History) Start(t *testing.T) *Server {
	t.Helper()
	m := &Server{History: h, Dir: t.TempDir()}
	h.store(t, m.Data())
	m.loadRules(t)
	t.Run("the recording rules are filled back", func(t *testing.T) {
		// The stored scrapes are hours apart, so the rules, which are evaluated once an
		// hour, need a longer lookback.
		prom := m.StartPrometheus(t, "[]", "[]", "--query.lookback-delta=1h")
		m.backfillRules(t, prom)
	})
	m.Prom = m.StartPrometheus(t, "\n"+harness.Job(Job, []*harness.Process{h.startLive(t)}, nil, "scrape_native_histograms: true"), list(m.rules))
	awaitLive(t, m.Prom)
	return m
}

// Data returns the folder of the blocks.
func (m *Server) Data() string { return filepath.Join(m.Dir, "data") }

func list(values []string) string {
	flow, err := json.Marshal(values)
	if err != nil {
		panic(err) // strings can be marshaled
	}
	return string(flow)
}

// loadRules copies the rules, to be evaluated every second instead of every minute.
func (m *Server) loadRules(t *testing.T) {
	t.Helper()
	for _, name := range []string{"recording.yml", "alerts.yml"} {
		text, err := os.ReadFile(filepath.Join(harness.Root, "dashboards/rules", name))
		if err != nil {
			t.Fatal(err)
		}
		hurried := strings.ReplaceAll(string(text), "interval: 1m", "interval: 1s")
		if hurried == string(text) {
			t.Errorf("%s has no group with an interval of 1m", name)
		}
		m.rules = append(m.rules, filepath.Join(m.Dir, name))
		harness.WriteFile(t, m.rules[len(m.rules)-1], hurried)
	}
}

// backfillRules backfills the recording rules with the commands of docs/rules.md.
func (m *Server) backfillRules(t *testing.T, prom harness.Prometheus) {
	t.Helper()
	docs, err := os.ReadFile(harness.Root + "/docs/rules.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(docs), "\n## Days before the rules were loaded\n")
	_, block, _ := strings.Cut(section, "```console\n")
	block, _, ok := strings.Cut(block, "```")
	if !ok {
		t.Fatal("docs/rules.md has no console block under Days before the rules were loaded")
	}
	dir := t.TempDir()
	rules, err := os.ReadFile(harness.Root + "/dashboards/rules/recording.yml")
	if err != nil {
		t.Fatal(err)
	}
	harness.WriteFile(t, filepath.Join(dir, "recording.yml"), string(rules))
	ours := strings.NewReplacer(
		"http://localhost:9090", prom.URL, "/var/lib/prometheus", m.Data(),
		"2026-01-01T00:00:00Z", m.Midnight(FirstDay).Format(time.RFC3339), "2026-03-01T00:00:00Z", m.Now.Format(time.RFC3339),
	)
	for line := range strings.Lines(block) {
		command, ok := strings.CutPrefix(line, "$ ")
		if !ok {
			continue
		}
		cmd := exec.CommandContext(t.Context(), "sh", "-ec", ours.Replace(command))
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", cmd, err, out)
		}
	}
}

// StartPrometheus runs a Prometheus on the stored days.
func (m *Server) StartPrometheus(t testing.TB, scrapeConfigs, ruleFiles string, args ...string) harness.Prometheus {
	t.Helper()
	return harness.StartPrometheusOn(t, m.Data(), "rule_files: "+ruleFiles+"\nscrape_configs: "+scrapeConfigs,
		append([]string{"--storage.tsdb.retention.time=10y"}, args...)...)
}

// startLive starts the running exporter.
func (h *History) startLive(t *testing.T) *harness.Process {
	t.Helper()
	api := apitest.New(time.Now)
	api.AddToken(harness.Token, harness.AccountID)
	var apps []string
	for _, app := range h.Apps {
		api.AddEmptyApp(harness.AccountID, app.ID)
		apps = append(apps, fmt.Sprintf("  - {app_id: %s, name: %s}\n", app.ID, list([]string{app.Name})[1:]))
	}
	h.setDays(api, h.Now)
	h.Exposed.Record(h, "live", h.Now)
	server := httptest.NewServer(api)
	t.Cleanup(server.Close)
	config := filepath.Join(t.TempDir(), "config.yml")
	harness.WriteFile(t, config, strings.ReplaceAll(fmt.Sprintf("window_days: %d\napi: {base_url: %s/client/v4}\naccounts:\n- account_id: %s\n  api_token: %s\n  apps:\n%s",
		harness.WindowDays, server.URL, harness.AccountID, harness.Token, strings.Join(apps, "")), "]}", "}"))
	return harness.Start(t, "realtimekit_exporter", "--config.file="+config, "--web.listen-address=127.0.0.1:0")
}

// awaitLive waits until the running exporter was scraped, and the rules were evaluated
// after that.
func awaitLive(t *testing.T, p harness.Prometheus) {
	t.Helper()
	const scraped = `max(timestamp(realtimekit_report_last_success_timestamp_seconds{instance=~"127.0.0.1:.+"}))`
	const evaluated = "max(timestamp(app:realtimekit_livestream_viewer_seconds_per_ingest_seconds:ratio_sum30d))"
	since := 0.0
	harness.Eventually(t, func() error {
		got, err := p.Query(t.Context(), scraped)
		if since = got["{}"]; err == nil && since == 0 {
			err = errors.New("the running exporter was not scraped yet")
		}
		return err
	})
	harness.Eventually(t, func() error {
		got, err := p.Query(t.Context(), evaluated)
		if err == nil && got["{}"] <= since+1 {
			err = errors.New("the rules were not evaluated yet")
		}
		return err
	})
}
