package e2e

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
)

const composeFolder = "../deploy/compose/"

// A composed service is what compose.yml says of one, as far as it is run here.
type composed struct {
	Command     []string
	Healthcheck struct{ Test []string }
}

// TestComposeShowsTheDemo runs what deploy/compose runs, its commands and its
// Prometheus configuration, but without containers: where a container would see
// a file, a link to it stands.
func TestComposeShowsTheDemo(t *testing.T) {
	services := composeServices(t)
	exporter := start(t, "realtimekit_exporter", append(services["exporter"].Command, "--web.listen-address=127.0.0.1:0")...)

	etc := etcPrometheus(t)
	config := read(t, filepath.Join(etc, "prometheus.yml"))
	for _, change := range [][2]string{ // so as not to wait for minutes
		{"exporter:11780", strings.TrimPrefix(exporter.url, "http://")},
		{"scrape_interval: 1m", "scrape_interval: 1s"},
		{"scrape_timeout: 10s", "scrape_timeout: 1s"},
	} {
		if strings.Count(config, change[0]) != 1 {
			t.Fatalf("prometheus.yml does not say %q once", change[0])
		}
		config = strings.Replace(config, change[0], change[1], 1)
	}
	write(t, filepath.Join(etc, "prometheus.yml"), config)

	command := services["prometheus"].Command
	for flag, value := range map[string]string{
		"--config.file=":       filepath.Join(etc, "prometheus.yml"),
		"--storage.tsdb.path=": filepath.Join(etc, "data"),
	} {
		i := slices.IndexFunc(command, func(arg string) bool { return strings.HasPrefix(arg, flag) })
		if i < 0 {
			t.Fatalf("Prometheus is not told %s", flag)
		}
		command[i] = flag + value
	}
	prom := prometheus{start(t, "prometheus", append(command, "--web.listen-address=127.0.0.1:0")...)}

	eventually(t, func() error {
		got, err := prom.query(t.Context(), `sum(realtimekit_report_up{job="realtimekit"})`)
		if err != nil {
			return err
		}
		return differ(got, samples{"{}": 5})
	})
	prom.expect(t, "count by (app) (realtimekit_livestream_daily_sessions)", demoDays(t))
	expectRules(t, prom, etc)

	// The health checks, which ask the ports that the containers have.
	expectHealth(t, services["exporter"], "--url="+exporter.url+"/-/healthy", "--url="+prom.url+"/nothing-here")
	expectHealth(t, services["prometheus"], "--url="+prom.url, "--url="+exporter.url+"/nothing-here")
}

// demoDays counts the days of each demo app: from the earliest row in the window,
// which can be any day, to today.
func demoDays(t *testing.T) samples {
	t.Helper()
	now, counts := time.Now().UTC(), samples{}
	for _, app := range apitest.DemoAppIDs() {
		rows := apitest.Demo(time.Now).Days(app, now.Truncate(24*time.Hour).AddDate(0, 0, 1-windowDays), now)
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

// expectHealth runs a service's health check, where well answers and ill does not.
func expectHealth(t *testing.T, s composed, well, ill string) {
	t.Helper()
	program, args := filepath.Base(s.Healthcheck.Test[1]), s.Healthcheck.Test[2:]
	ask := func(url string) ([]byte, error) {
		args := slices.DeleteFunc(slices.Clone(args), func(arg string) bool { return strings.HasPrefix(arg, "--url=") })
		return exec.CommandContext(t.Context(), program, append(args, url)...).CombinedOutput()
	}
	if out, err := ask(well); err != nil {
		t.Errorf("%s finds %s ill: %v\n%s", program, well, err, out)
	}
	if out, err := ask(ill); err == nil {
		t.Errorf("%s finds %s well:\n%s", program, ill, out)
	}
}

func TestPromtoolAcceptsThePrometheusConfigurationOfCompose(t *testing.T) {
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
	write(t, filepath.Join(etc, "prometheus.yml"), read(t, composeFolder+"prometheus.yml"))
	rules, err := filepath.Abs("../dashboards/rules")
	if err == nil {
		err = os.Symlink(rules, filepath.Join(etc, "rules"))
	}
	if err != nil {
		t.Fatal(err)
	}
	return etc
}

// expectRules compares the rules that are in force with those in the files.
func expectRules(t *testing.T, prom prometheus, etc string) {
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
		if err := yaml.Unmarshal([]byte(read(t, f)), &rules); err != nil {
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
	err = prom.ask(t.Context(), "rules", url.Values{}, &inForce)
	got := map[string]int{}
	for _, g := range inForce.Groups {
		got[g.Name] = len(g.Rules)
		for _, r := range g.Rules {
			if r.Health == "err" {
				err = errors.Join(err, errors.New(r.Name+": "+r.LastError))
			}
		}
	}
	if err := errors.Join(err, differ(got, want)); err != nil || len(want) == 0 {
		t.Errorf("of the rules %v: %v", want, err)
	}
}

func composeServices(t *testing.T) map[string]composed {
	t.Helper()
	var file struct{ Services map[string]composed }
	if err := yaml.Unmarshal([]byte(read(t, composeFolder+"compose.yml")), &file); err != nil {
		t.Fatal(err)
	}
	return file.Services
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
