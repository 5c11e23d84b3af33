package compose

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness"
)

const composeFolder = "../../deploy/compose/"

// A composed service is a service of compose.yml, as far as this test runs it.
type composed struct {
	Command     []string
	Healthcheck struct{ Test []string }
}

// TestCompose_ShowsTheDemo runs what deploy/compose runs, its commands and its
// Prometheus configuration, but without containers: where a container would see
// a file, a link to it stands.
func TestCompose_ShowsTheDemo(t *testing.T) {
	services := composeServices(t)
	exporter := harness.Start(t, "realtimekit_exporter", append(services["exporter"].Command, "--web.listen-address=127.0.0.1:0")...)

	etc := etcPrometheus(t)
	config := harness.ReadFile(t, filepath.Join(etc, "prometheus.yml"))
	for _, change := range [][2]string{ // so as not to wait for minutes
		{"exporter:11780", strings.TrimPrefix(exporter.URL, "http://")},
		{"scrape_interval: 1m", "scrape_interval: 1s"},
		{"scrape_timeout: 10s", "scrape_timeout: 1s"},
	} {
		if strings.Count(config, change[0]) != 1 {
			t.Fatalf("prometheus.yml does not say %q once", change[0])
		}
		config = strings.Replace(config, change[0], change[1], 1)
	}
	harness.WriteFile(t, filepath.Join(etc, "prometheus.yml"), config)

	command := services["prometheus"].Command
	for flag, value := range map[string]string{
		"--config.file=":       filepath.Join(etc, "prometheus.yml"),
		"--storage.tsdb.path=": filepath.Join(etc, "data"),
	} {
		i := slices.IndexFunc(command, func(arg string) bool { return strings.HasPrefix(arg, flag) })
		if i < 0 {
			t.Fatalf("Prometheus is not started with %s", flag)
		}
		command[i] = flag + value
	}
	prom := harness.Prometheus{Process: harness.Start(t, "prometheus", append(command, "--web.listen-address=127.0.0.1:0")...)}

	harness.Eventually(t, func() error {
		got, err := prom.Query(t.Context(), `sum by (report) (realtimekit_report_up{job="realtimekit"})`)
		if err != nil {
			return err
		}
		return harness.Diff(got, harness.Samples{`{report="livestreams"}`: 5, `{report="meetings"}`: 5, `{report="live"}`: 5})
	})
	prom.Expect(t, "count by (app) (realtimekit_livestream_daily_sessions)", demoDays(t))
	expectRules(t, prom, etc)

	// The health checks, which request the ports of the containers.
	expectHealth(t, services["exporter"], "--url="+exporter.URL+"/-/healthy", "--url="+prom.URL+"/nothing-here")
	expectHealth(t, services["prometheus"], "--url="+prom.URL, "--url="+exporter.URL+"/nothing-here")
}

// demoDays counts the days of each demo app: from the earliest row in the window,
// which can be any day, to today.
func demoDays(t *testing.T) harness.Samples {
	t.Helper()
	now, counts := time.Now().UTC(), harness.Samples{}
	for _, app := range apitest.DemoAppIDs() {
		rows := apitest.Demo(time.Now).Days(app, now.Truncate(24*time.Hour).AddDate(0, 0, 1-harness.WindowDays), now)
		if len(rows) == 0 {
			t.Fatalf("%s has no rows in the window", app)
		}
		first, err := time.Parse(time.DateOnly, rows[0].Date)
		if err != nil {
			t.Fatal(err)
		}
		counts[fmt.Sprintf("{app=%q}", app)] = float64(now.Sub(first)/(24*time.Hour) + 1)
	}
	return counts
}

// expectHealth runs a service's health check: well responds and ill does not.
func expectHealth(t *testing.T, s composed, well, ill string) {
	t.Helper()
	program, args := filepath.Base(s.Healthcheck.Test[1]), s.Healthcheck.Test[2:]
	request := func(url string) ([]byte, error) {
		args := slices.DeleteFunc(slices.Clone(args), func(arg string) bool { return strings.HasPrefix(arg, "--url=") })
		return exec.CommandContext(t.Context(), program, append(args, url)...).CombinedOutput()
	}
	if out, err := request(well); err != nil {
		t.Errorf("%s finds %s ill: %v\n%s", program, well, err, out)
	}
	if out, err := request(ill); err == nil {
		t.Errorf("%s finds %s well:\n%s", program, ill, out)
	}
}

func TestCompose_PrometheusConfigurationIsValid(t *testing.T) {
	config := filepath.Join(etcPrometheus(t), "prometheus.yml")
	out, err := exec.CommandContext(t.Context(), "promtool", "check", "config", "--lint=all", "--lint-fatal", config).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "2 rule files found") {
		t.Errorf("%v\n%s", err, out)
	}
}

// etcPrometheus makes a folder with what the container has in /etc/prometheus.
func etcPrometheus(t *testing.T) string {
	t.Helper()
	etc := t.TempDir()
	harness.WriteFile(t, filepath.Join(etc, "prometheus.yml"), harness.ReadFile(t, composeFolder+"prometheus.yml"))
	rules, err := filepath.Abs("../../dashboards/rules")
	if err == nil {
		err = os.Symlink(rules, filepath.Join(etc, "rules"))
	}
	if err != nil {
		t.Fatal(err)
	}
	return etc
}

// expectRules compares the rules that are loaded with those in the files.
func expectRules(t *testing.T, prom harness.Prometheus, etc string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(etc, "rules", "*.yml"))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]int{}
	for _, f := range files {
		var rules struct {
			Groups []struct {
				Name  string
				Rules []yaml.Node
			}
		}
		if err := yaml.Unmarshal([]byte(harness.ReadFile(t, f)), &rules); err != nil {
			t.Fatal(err)
		}
		for _, g := range rules.Groups {
			want[g.Name] = len(g.Rules)
		}
	}
	var inForce struct {
		Groups []struct {
			Name  string
			Rules []struct{ Name, Health, LastError string }
		}
	}
	err = prom.Fetch(t.Context(), "rules", url.Values{}, &inForce)
	got := map[string]int{}
	for _, g := range inForce.Groups {
		got[g.Name] = len(g.Rules)
		for _, r := range g.Rules {
			if r.Health == "err" {
				err = errors.Join(err, errors.New(r.Name+": "+r.LastError))
			}
		}
	}
	if err := errors.Join(err, harness.Diff(got, want)); err != nil || len(want) == 0 {
		t.Errorf("of the rules %v: %v", want, err)
	}
}

func composeServices(t *testing.T) map[string]composed {
	t.Helper()
	var file struct{ Services map[string]composed }
	if err := yaml.Unmarshal([]byte(harness.ReadFile(t, composeFolder+"compose.yml")), &file); err != nil {
		t.Fatal(err)
	}
	return file.Services
}
