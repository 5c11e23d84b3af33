package compose

import (
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
)

// load does what `docker compose` does, with this .env and nothing else in the
// environment.
func load(t *testing.T, dotEnv string) (*types.Project, error) {
	t.Helper()
	options, err := cli.NewProjectOptions(nil,
		cli.WithEnvFiles(dotEnv),
		cli.WithDotEnv,
		cli.WithConfigFileEnv,
		cli.WithDefaultConfigPath,
	)
	if err != nil {
		return nil, err
	}
	return options.LoadProject(t.Context())
}

// ways are the two ways to start the stack: without an edit, and with a copy of
// .env.example as .env.
func ways(t *testing.T) map[string]*types.Project {
	t.Helper()
	loaded := map[string]*types.Project{}
	for name, dotEnv := range map[string]string{"the demo": os.DevNull, "the account": ".env.example"} {
		p, err := load(t, dotEnv)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		loaded[name] = p
	}
	return loaded
}

func TestVariables_MissingOneIsNamed(t *testing.T) {
	example, err := os.ReadFile(".env.example")
	if err != nil {
		t.Fatal(err)
	}
	lines := slices.Collect(strings.Lines(string(example)))
	for i, line := range lines {
		name, _, assigns := strings.Cut(line, "=")
		if !assigns || strings.HasPrefix(line, "#") || strings.HasPrefix(name, "COMPOSE_") {
			continue
		}
		path := filepath.Join(t.TempDir(), ".env")
		without := slices.Concat(lines[:i], lines[i+1:])
		if err := os.WriteFile(path, []byte(strings.Join(without, "")), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := load(t, path); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("without %s: %v, want a refusal that names it", name, err)
		}
	}
}

func TestAccount_HasTheServicesOfTheDemo(t *testing.T) {
	p := ways(t)
	if p["the demo"].Name != "realtimekit" || p["the account"].Name != "realtimekit" {
		t.Error("its containers and volumes are named after the folder")
	}
	for way := range p {
		if got, want := strings.Join(slices.Sorted(maps.Keys(p[way].Services)), " "), "exporter grafana prometheus"; got != want {
			t.Errorf("%s has the services %q, want %q", way, got, want)
		}
	}
	for _, unchanged := range []string{"grafana", "prometheus"} {
		if demo, account := p["the demo"].Services[unchanged], p["the account"].Services[unchanged]; !reflect.DeepEqual(demo, account) {
			t.Errorf("%s is another with an account", unchanged)
		}
	}
}
