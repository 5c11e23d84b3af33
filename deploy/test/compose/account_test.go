package compose

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/types"

	"github.com/realtimekit-exporter/realtimekit_exporter/deploy/test/internal/program"
)

// TestEnv_IsPrivate follows .env.example, under the most open of umasks.
func TestEnv_IsPrivate(t *testing.T) {
	_, command, ok := strings.Cut(program.ReadFile(t, ".env.example"), "\n#   install ")
	if !ok {
		t.Fatal(".env.example does not say how .env is written")
	}
	command, _, _ = strings.Cut(command, "    ")
	cmd := exec.CommandContext(t.Context(), "sh", "-c", "umask 0; install "+command)
	cmd.Dir = t.TempDir()
	if err := os.WriteFile(filepath.Join(cmd.Dir, ".env.example"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, out)
	}
	info, err := os.Stat(filepath.Join(cmd.Dir, ".env"))
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode() != 0o600 {
		t.Errorf("the mode of .env is %s", info.Mode())
	}
}

func TestConfig_AccountDiscoversItsApps(t *testing.T) {
	s := account(t).Services["exporter"]
	if len(s.Secrets) > 0 {
		t.Error("the account needs files")
	}
	for _, v := range s.Volumes {
		if v.Type != types.VolumeTypeVolume || v.Target != *s.Environment["REALTIMEKIT_CACHE_DIRECTORY"] {
			t.Errorf("a volume is not for the cache: %+v", v)
		}
	}
	out, err := check(t, s)
	if err != nil || !strings.Contains(out, " is valid: 1 account, ") || !strings.Contains(out, "discover") {
		t.Errorf("%v\n%s", err, out)
	}
	delete(s.Environment, "CLOUDFLARE_API_TOKEN")
	if out, err := check(t, s); err == nil || !strings.Contains(out, "CLOUDFLARE_API_TOKEN") {
		t.Errorf("without a token: %v\n%s", err, out)
	}
}

func TestConfig_IsReadFromTheMountedFolder(t *testing.T) {
	env := strings.Replace(program.ReadFile(t, ".env.example"), "compose.account.yml\n", "compose.account.yml:compose.config.yml\n", 1)
	dotEnv := filepath.Join(t.TempDir(), ".env")
	if err := os.WriteFile(dotEnv, []byte(env), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := load(t, dotEnv)
	if err != nil {
		t.Fatal(err)
	}
	s := p.Services["exporter"]
	dir := t.TempDir()
	config := "accounts:\n- account_id: studio\n  discover: {include: [main.*]}\n"
	if err := os.WriteFile(filepath.Join(dir, "config.yml"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	for i, arg := range s.Command {
		if path, ok := strings.CutPrefix(arg, "--config.file="); ok {
			// A mount of the file would show the old one after an editor replaced it.
			folder := slices.IndexFunc(s.Volumes, func(v types.ServiceVolumeConfig) bool { return v.Type == types.VolumeTypeBind })
			if v := s.Volumes[folder]; v.Target != filepath.Dir(path) || filepath.Base(v.Source) != "exporter" || !v.ReadOnly {
				t.Errorf("%s is mounted from %+v", path, v)
			}
			s.Command[i] = "--config.file=" + filepath.Join(dir, filepath.Base(path))
		}
	}
	out, err := check(t, s)
	if err != nil || !strings.Contains(out, " is valid: 1 account, ") || !strings.Contains(out, "discovered apps") {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestConfig_DemoIsValid(t *testing.T) {
	s := ways(t)["the demo"].Services["exporter"]
	if len(s.Secrets)+len(s.Volumes) > 0 {
		t.Error("the demo needs files")
	}
	if out, err := check(t, s); err != nil || !strings.HasPrefix(out, "demo is valid: ") {
		t.Errorf("%v\n%s", err, out)
	}
}

// check checks the configuration of a service, in an empty folder.
func check(t *testing.T, s types.ServiceConfig) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "realtimekit_exporter", append([]string{"--config.check"}, s.Command...)...)
	cmd.Dir = t.TempDir()
	cmd.Env = []string{} // and not the test's
	for name, value := range s.Environment {
		cmd.Env = append(cmd.Env, name+"="+*value)
	}
	out, err := cmd.CombinedOutput()
	return string(out), err
}
