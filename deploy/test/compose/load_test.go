package compose

import (
	"os"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
)


// load does what `docker compose` does when it is called in the folder, with this
// .env and nothing else in the environment.
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

// ways are the two that the stack is started in: as it is, and with the .env
// that one begins with.
func ways(t *testing.T) map[string]*types.Project {
	t.Helper()
	return map[string]*types.Project{"demo": demo(t), "account": account(t)}
}

// demo is the stack of who edits nothing.
func demo(t *testing.T) *types.Project {
	t.Helper()
	return must(t)(load(t, os.DevNull))
}

// account is the stack of who has copied .env.example to .env.
func account(t *testing.T) *types.Project {
	t.Helper()
	return must(t)(load(t, ".env.example"))
}

func must(t *testing.T) func(*types.Project, error) *types.Project {
	return func(p *types.Project, err error) *types.Project {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
}

func TestX(t *testing.T) {
	for n, p := range ways(t) {
		y, _ := p.MarshalYAML()
		t.Log(n, strings.ReplaceAll(string(y), "\n", "\n\t"))
	}
}
