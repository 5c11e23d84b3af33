package e2e

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
)

// A museum is a Prometheus that has the history in store, with the running
// exporter on top of it and our rules loaded.
type museum struct {
	*history
	prom  prometheus
	dir   string // Prometheus's
	rules []string
}

// store makes blocks of the history's days, as one would that moves to Prometheus.
func (h *history) store(t *testing.T, data string) {
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
			run(t, "promtool", "tsdb", "create-blocks-from", "openmetrics", "--max-block-duration="+blockSpan.String(), file, data)
		})
	}
	wait.Wait()
}

// run runs a command that has to end well.
func run(t *testing.T, name string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%s: %v\n%s", cmd, err, out)
	}
}

// open starts Prometheus on the stored days: first alone, so that its rules can
// be filled back, and then with the running exporter.
func (h *history) open(t *testing.T) *museum {
	t.Helper()
	m := &museum{history: h, dir: t.TempDir()}
	h.store(t, m.data())
	m.loadRules(t)
	t.Run("the recording rules are filled back", func(t *testing.T) {
		// The stored scrapes are hours apart, where Prometheus would have one each
		// minute: it has to look back as far, for what is evaluated once an hour.
		prom := m.startPrometheus(t, "[]", "[]", "--query.lookback-delta=1h")
		m.fillBack(t, prom)
	})
	m.prom = m.startPrometheus(t, "\n"+job(storyJob, []*process{h.startLive(t)}, nil, "scrape_native_histograms: true"), list(m.rules))
	m.prom.awaitLive(t)
	return m
}

func (m *museum) data() string { return filepath.Join(m.dir, "data") }

func list(values []string) string {
	flow, err := json.Marshal(values)
	if err != nil {
		panic(err) // strings can't fail
	}
	return string(flow)
}

// loadRules copies our rules, to be evaluated each second instead of each minute:
// nobody waits for a minute here.
func (m *museum) loadRules(t *testing.T) {
	t.Helper()
	for _, name := range []string{"recording.yml", "alerts.yml"} {
		text, err := os.ReadFile(filepath.Join("../dashboards/rules", name))
		if err != nil {
			t.Fatal(err)
		}
		hurried := strings.ReplaceAll(string(text), "interval: 1m", "interval: 1s")
		if hurried == string(text) {
			t.Errorf("%s has no group with an interval of 1m", name)
		}
		m.rules = append(m.rules, filepath.Join(m.dir, name))
		write(t, m.rules[len(m.rules)-1], hurried)
	}
}

// fillBack gives the recorded series a past, by the commands of docs/rules.md.
func (m *museum) fillBack(t *testing.T, prom prometheus) {
	t.Helper()
	docs, err := os.ReadFile("../docs/rules.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(docs), "\n## Fill back\n")
	_, block, _ := strings.Cut(section, "```console\n")
	block, _, ok := strings.Cut(block, "```")
	if !ok {
		t.Fatal("docs/rules.md has no console block under Fill back")
	}
	dir := t.TempDir()
	rules, err := os.ReadFile("../dashboards/rules/recording.yml")
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "recording.yml"), string(rules))
	ours := strings.NewReplacer(
		"http://localhost:9090", prom.url, "/var/lib/prometheus", m.data(),
		"2026-01-01T00:00:00Z", m.day(firstDay).Format(time.RFC3339), "2026-03-01T00:00:00Z", m.now.Format(time.RFC3339),
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

// startPrometheus runs a Prometheus on the stored days.
func (m *museum) startPrometheus(t testing.TB, scrapeConfigs, ruleFiles string, args ...string) prometheus {
	t.Helper()
	config := filepath.Join(t.TempDir(), "prometheus.yml")
	write(t, config, "global: {scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}\nrule_files: "+ruleFiles+
		"\nscrape_configs: "+scrapeConfigs)
	return prometheus{start(t, "prometheus", append([]string{"--config.file=" + config, "--storage.tsdb.path=" + m.data(),
		"--storage.tsdb.retention.time=10y", "--web.listen-address=127.0.0.1:0", "--scrape.discovery-reload-interval=100ms"}, args...)...)}
}

// startLive runs the exporter that is there now, and was not before.
func (h *history) startLive(t *testing.T) *process {
	t.Helper()
	api := apitest.New(time.Now)
	api.AddToken(token, accountID)
	var apps []string
	for _, app := range h.apps {
		api.AddEmptyApp(accountID, app.id)
		apps = append(apps, fmt.Sprintf("  - {app_id: %s, name: %s}\n", app.id, list([]string{app.name})[1:]))
	}
	h.tell(api, h.now)
	h.known.learn(h, "live", h.now)
	server := httptest.NewServer(api)
	t.Cleanup(server.Close)
	config := filepath.Join(t.TempDir(), "config.yml")
	write(t, config, strings.ReplaceAll(fmt.Sprintf("window_days: %d\napi: {base_url: %s/client/v4}\naccounts:\n- account_id: %s\n  api_token: %s\n  apps:\n%s",
		windowDays, server.URL, accountID, token, strings.Join(apps, "")), "]}", "}"))
	return start(t, "realtimekit_exporter", "--config.file="+config, "--web.listen-address=127.0.0.1:0")
}

// awaitLive returns once the running exporter was scraped, and the rules have
// been evaluated since.
func (p prometheus) awaitLive(t *testing.T) {
	t.Helper()
	const scraped = `max(timestamp(realtimekit_report_last_success_timestamp_seconds{instance=~"127.0.0.1:.+"}))`
	const evaluated = "max(timestamp(app:realtimekit_livestream_viewer_seconds_per_ingest_seconds:ratio_sum30d))"
	since := 0.0
	eventually(t, func() error {
		got, err := p.query(t.Context(), scraped)
		if since = got["{}"]; err == nil && since == 0 {
			err = errors.New("the running exporter was not scraped yet")
		}
		return err
	})
	eventually(t, func() error {
		got, err := p.query(t.Context(), evaluated)
		if err == nil && got["{}"] <= since+1 {
			err = errors.New("the rules were not evaluated yet")
		}
		return err
	})
}
