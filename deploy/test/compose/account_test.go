package compose

import (
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/types"

	"github.com/realtimekit-exporter/realtimekit_exporter/deploy/test/internal/program"
)

// configure runs the service that writes the configuration, in a folder in
// place of its volume, and returns what it has written.
func configure(t *testing.T, p *types.Project) string {
	t.Helper()
	dir, s := t.TempDir(), p.Services["config"]
	for range 2 { // at each start, also when it was there before
		cmd := exec.CommandContext(t.Context(), s.Entrypoint[0], s.Entrypoint[1:]...)
		cmd.Dir = dir
		for name, value := range s.Environment {
			cmd.Env = append(cmd.Env, name+"="+*value)
		}
		cmd.Env = append(cmd.Env, "PATH=/usr/bin:/bin")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", cmd, err, out)
		}
	}
	inside := flag(p.Services["exporter"].Command, "--config.file")
	return program.ReadFile(t, filepath.Join(dir, path.Base(inside)))
}

func TestConfig_WrittenFilesAreReadByTheExporter(t *testing.T) {
	p := account(t)
	writer, reader := p.Services["config"], p.Services["exporter"]
	dir := path.Dir(flag(reader.Command, "--config.file"))
	if !mounts(writer, "config", writer.WorkingDir, false) || !mounts(reader, "config", dir, true) {
		t.Errorf("the volume is not at %s for writing and at %s for reading", writer.WorkingDir, dir)
	}
	// Another .env makes another configuration, and the exporter runs on.
	if every := flag(reader.Command, "--config.auto-reload-interval"); every == "" || every == "0s" {
		t.Error("a change of it is never seen")
	}
}

func TestWriter_ImageExistsAndHasNoNetwork(t *testing.T) {
	p := account(t)
	if s := p.Services["config"]; s.Image != p.Services["prometheus"].Image || s.NetworkMode != "none" {
		t.Errorf("it is %s, in the network %q", s.Image, s.NetworkMode)
	}
}

// TestToken_ReadableByAnotherUser follows .env.example, under the most
// private of umasks.
func TestToken_ReadableByAnotherUser(t *testing.T) {
	_, command, ok := strings.Cut(program.ReadFile(t, ".env.example"), "\n#   install ")
	if !ok {
		t.Fatal(".env.example does not say how the token is written")
	}
	command, _, _ = strings.Cut(command, "   ")
	dir := t.TempDir()
	cmd := exec.CommandContext(t.Context(), "sh", "-c", "umask 077; install "+command)
	cmd.Dir, cmd.Stdin = dir, strings.NewReader("a-token\n")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, out)
	}
	info, err := os.Stat(filepath.Join(dir, filepath.Base(account(t).Secrets["cloudflare_api_token"].File)))
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode() != 0o444 {
		t.Errorf("its mode is %s, and the exporter is user %s", info.Mode(), account(t).Services["exporter"].User)
	}
}

func mounts(s types.ServiceConfig, volume, target string, readOnly bool) bool {
	for _, v := range s.Volumes {
		if v.Type == types.VolumeTypeVolume && v.Source == volume && v.Target == target && v.ReadOnly == readOnly {
			return true
		}
	}
	return false
}

func TestConfig_AccountIsValidWithAToken(t *testing.T) {
	p := account(t)
	s := p.Services["exporter"]
	if len(s.Secrets) != 1 {
		t.Fatalf("it has %d secrets", len(s.Secrets))
	}
	dir := t.TempDir()
	config, token := filepath.Join(dir, "config.yml"), filepath.Join(dir, "token")
	text := configure(t, p)
	if n := strings.Count(text, s.Secrets[0].Target); n != 1 {
		t.Fatalf("the token is at %s, which the configuration has %d times:\n%s", s.Secrets[0].Target, n, text)
	}
	// In this test it is in another directory.
	if err := os.WriteFile(config, []byte(strings.ReplaceAll(text, s.Secrets[0].Target, token)), 0o600); err != nil {
		t.Fatal(err)
	}
	command := append([]string{"--config.check"}, s.Command...)
	for i, arg := range command {
		if strings.HasPrefix(arg, "--config.file=") {
			command[i] = "--config.file=" + config
		}
	}

	if out, err := check(t, command); err == nil || !strings.Contains(out, token) {
		t.Errorf("without a token: %v, and not that it misses %s:\n%s", err, token, out)
	}
	if err := os.WriteFile(token, []byte("a-token\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := check(t, command)
	if err != nil || !strings.Contains(out, "is valid: 1 account, 2 apps, ") {
		t.Errorf("with a token: %v\n%s", err, out)
	}
}

func TestConfig_DemoIsValid(t *testing.T) {
	s := ways(t)["the demo"].Services["exporter"]
	if len(s.Secrets)+len(s.Volumes) > 0 {
		t.Error("the demo needs files")
	}
	if out, err := check(t, append([]string{"--config.check"}, s.Command...)); err != nil || !strings.HasPrefix(out, "demo is valid: ") {
		t.Errorf("%v\n%s", err, out)
	}
}

func check(t *testing.T, args []string) (string, error) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "realtimekit_exporter", args...).CombinedOutput()
	return string(out), err
}
