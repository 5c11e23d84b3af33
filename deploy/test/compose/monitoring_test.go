package compose

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/realtimekit-exporter/realtimekit_exporter/deploy/test/internal/program"
)

// parse reads the file that a service sees under a path. Grafana ignores a key that
// it does not know; here that is an error.
func parse(t *testing.T, file string, into any) {
	t.Helper()
	if err := yaml.UnmarshalStrict([]byte(program.ReadFile(t, file)), into); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

type prometheus struct {
	Global struct {
		ScrapeInterval     string `json:"scrape_interval"`
		EvaluationInterval string `json:"evaluation_interval"`
	}
	RuleFiles     []string `json:"rule_files"`
	ScrapeConfigs []struct {
		JobName       string                       `json:"job_name"`
		ScrapeTimeout string                       `json:"scrape_timeout"`
		HonorLabels   bool                         `json:"honor_labels"`
		StaticConfigs []struct{ Targets []string } `json:"static_configs"`
	} `json:"scrape_configs"`
}

func TestPrometheus_ScrapesTheExporterAndLoadsEveryRule(t *testing.T) {
	for way, p := range ways(t) {
		s := p.Services["prometheus"]
		inside := flag(s.Command, "--config.file")
		var config prometheus
		parse(t, onHost(t, s, inside), &config)

		loaded := map[string]bool{}
		for _, pattern := range config.RuleFiles {
			files, err := filepath.Glob(onHost(t, s, path.Join(path.Dir(inside), pattern)))
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range files {
				loaded[filepath.Base(f)] = true
			}
		}
		ours, err := os.ReadDir("../../dashboards/rules")
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range ours {
			if !f.IsDir() && !loaded[f.Name()] {
				t.Errorf("%s: %s is not loaded", way, f.Name())
			}
		}

		target := fmt.Sprintf("exporter:%d", p.Services["exporter"].Ports[0].Target)
		for _, sc := range config.ScrapeConfigs {
			if sc.JobName != "realtimekit" || sc.ScrapeTimeout != "10s" {
				t.Errorf("%s: the job is %s, and waits %s", way, sc.JobName, sc.ScrapeTimeout)
			}
			if !sc.HonorLabels || len(sc.StaticConfigs) != 1 || !slices.Equal(sc.StaticConfigs[0].Targets, []string{target}) {
				t.Errorf("%s: a scrape of %v, want %s with honor_labels", way, sc.StaticConfigs, target)
			}
		}
		if len(config.ScrapeConfigs) != 1 {
			t.Errorf("%s: %d scrape configurations", way, len(config.ScrapeConfigs))
		}
	}
}

func TestGrafana_DefaultDataSourceIsPrometheus(t *testing.T) {
	for way, p := range ways(t) {
		var provisioned struct {
			APIVersion  int
			Datasources []struct {
				Name, UID, Type, Access, URL string
				IsDefault, Editable          bool
				JSONData                     struct{ HTTPMethod, TimeInterval string }
			}
		}
		dir := onHost(t, p.Services["grafana"], "/etc/grafana/provisioning/datasources")
		parse(t, dir+"/prometheus.yml", &provisioned)
		if provisioned.APIVersion != 1 || len(provisioned.Datasources) != 1 {
			t.Fatalf("%s: %d data sources, of version %d", way, len(provisioned.Datasources), provisioned.APIVersion)
		}
		d := provisioned.Datasources[0]
		u, err := url.Parse(d.URL)
		if err != nil {
			t.Fatal(err)
		}
		s, ok := p.Services[u.Hostname()]
		if !ok || !strings.HasPrefix(s.Image, "prom/prometheus:") || u.Port() != fmt.Sprint(s.Ports[0].Target) {
			t.Errorf("%s: %s is no address of Prometheus", way, d.URL)
		}
		if d.Type != "prometheus" || d.Access != "proxy" || !d.IsDefault || d.Editable || d.UID == "" {
			t.Errorf("%s: it is %+v", way, d)
		}
		// $__rate_interval begins with it.
		var config prometheus
		parse(t, "prometheus.yml", &config)
		if d.JSONData.TimeInterval != "1m" || config.Global.ScrapeInterval != "1m" || config.Global.EvaluationInterval != "1m" {
			t.Errorf("%s: Grafana takes it to scrape every %s; it is %+v", way, d.JSONData.TimeInterval, config.Global)
		}
	}
}

func TestGrafana_BothDashboardsAndHome(t *testing.T) {
	for way, p := range ways(t) {
		s := p.Services["grafana"]
		var provisioned struct {
			APIVersion int
			Providers  []struct {
				Name, Type, Folder              string
				AllowUIUpdates, DisableDeletion bool
				Options                         struct{ Path string }
			}
		}
		parse(t, onHost(t, s, "/etc/grafana/provisioning/dashboards")+"/realtimekit.yml", &provisioned)
		if provisioned.APIVersion != 1 || len(provisioned.Providers) != 1 || provisioned.Providers[0].Type != "file" || provisioned.Providers[0].AllowUIUpdates {
			t.Fatalf("%s: it is provisioned with %+v", way, provisioned)
		}
		dir := provisioned.Providers[0].Options.Path
		for file, uid := range map[string]string{"livestreams.json": "realtimekit-livestreams", "meetings.json": "realtimekit-meetings", "exporter.json": "realtimekit-exporter"} {
			var dashboard struct{ UID string }
			if err := json.Unmarshal([]byte(program.ReadFile(t, onHost(t, s, path.Join(dir, file)))), &dashboard); err != nil {
				t.Fatal(err)
			}
			if dashboard.UID != uid {
				t.Errorf("%s: the uid in %s is %q, want %q", way, file, dashboard.UID, uid)
			}
		}
		home := *s.Environment["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
		if home != path.Join(dir, "livestreams.json") {
			t.Errorf("%s: it opens on %s", way, home)
		}
	}
}

func TestGrafana_AnonymousViewer(t *testing.T) {
	for way, p := range ways(t) {
		env := p.Services["grafana"].Environment
		for name, want := range map[string]string{
			"GF_AUTH_ANONYMOUS_ENABLED":                  "true",
			"GF_AUTH_ANONYMOUS_ORG_ROLE":                 "Viewer",
			"GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION": "true",
			"GF_AUTH_BASIC_ENABLED":                      "false",
			"GF_AUTH_DISABLE_LOGIN_FORM":                 "true",
		} {
			if v := env[name]; v == nil || *v != want {
				t.Errorf("%s: %s is not %s", way, name, want)
			}
		}
		for name := range env {
			if strings.Contains(name, "PASSWORD") {
				t.Errorf("%s: %s is for everybody to read", way, name)
			}
		}
	}
}

// TestGrafana_DataSourceOfTheImage is about a trap: Grafana 13 replaces the
// plugins of its image by newer ones at its start. Where it can't, it has none.
func TestGrafana_DataSourceOfTheImage(t *testing.T) {
	for way, p := range ways(t) {
		s := p.Services["grafana"]
		if v := s.Environment["GF_PLUGINS_PREINSTALL_AUTO_UPDATE"]; s.ReadOnly && (v == nil || *v != "false") {
			t.Errorf("%s: it tries to replace them", way)
		}
	}
}
