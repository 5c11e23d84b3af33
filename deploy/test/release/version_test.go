package release

import (
	"archive/zip"
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
)

const (
	module     = "github.com/realtimekit-exporter/realtimekit_exporter"
	command    = module + "/cmd/realtimekit_exporter"
	installed  = "1.98.7"
	commitTime = "2026-11-20T10:00:00Z"
)

// A program that was not built by make has the version that Go recorded.
func TestVersion_WithoutLinkerFlags(t *testing.T) {
	tree := copyTree(t)
	t.Run("go run", func(t *testing.T) {
		expectVersion(t, run(t, tree, nil, "go", "run", "-trimpath", "./cmd/realtimekit_exporter", "--version"), "(devel)", "unknown", "")
	})
	t.Run("go build in a clone of a tag", func(t *testing.T) {
		env := []string{"GIT_COMMITTER_DATE=" + commitTime, "GIT_CONFIG_GLOBAL=/dev/null"}
		git := func(args ...string) string {
			args = append([]string{"-c", "user.name=test", "-c", "user.email=test@example.com"}, args...)
			return run(t, tree, env, "git", args...)
		}
		git("init", "--quiet")
		git("add", "--all")
		git("commit", "--quiet", "--message=test")
		git("tag", "v1.2.3")
		binary := filepath.Join(t.TempDir(), "realtimekit_exporter")
		run(t, tree, nil, "go", "build", "-trimpath", "-buildvcs=true", "-o", binary, "./cmd/realtimekit_exporter")
		expectVersion(t, run(t, tree, nil, binary, "--version"), "1.2.3", git("rev-parse", "HEAD"), commitTime)
	})
	t.Run("go install", func(t *testing.T) {
		binary := install(t, copyTree(t))
		expectVersion(t, run(t, tree, nil, binary, "--version"), installed, "unknown", "")
		expectPages(t, binary)
		expectUserAgent(t, binary)
	})
}

func expectVersion(t *testing.T, got, version, revision, date string) {
	t.Helper()
	for _, want := range []string{
		fmt.Sprintf("realtimekit_exporter, version %s (branch: , revision: %s)\n", version, revision),
		fmt.Sprintf("build date:       %s\n", date),
	} {
		if !strings.Contains(got, want) {
			t.Errorf("--version prints\n%s\nwant %q", got, want)
		}
	}
}

// install runs go install with a version of the module that only a proxy in a folder has.
func install(t *testing.T, tree string) (binary string) {
	t.Helper()
	proxy, bin := t.TempDir(), t.TempDir()
	versions := filepath.Join(proxy, module, "@v")
	if err := os.MkdirAll(versions, 0o755); err != nil {
		t.Fatal(err)
	}
	var archive strings.Builder
	zw := zip.NewWriter(&archive)
	for _, name := range list(t, tree) {
		top, _, _ := strings.Cut(name, "/")
		if top != "api" && top != "cmd" && top != "collector" && top != "go.mod" && top != "LICENSE" {
			continue // other modules, and what no package is in
		}
		w, err := zw.Create(module + "@v" + installed + "/" + name)
		if err == nil {
			_, err = w.Write(read(t, filepath.Join(tree, name)))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := zw.Close(); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{
		"list":                    "v" + installed + "\n",
		"v" + installed + ".zip":  archive.String(),
		"v" + installed + ".mod":  string(read(t, filepath.Join(tree, "go.mod"))),
		"v" + installed + ".info": `{"Version": "v` + installed + `"}`,
	} {
		if err := os.WriteFile(filepath.Join(versions, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	// The other modules come from this machine's module cache, and are unpacked elsewhere,
	// so that the version above does not get into that cache.
	downloaded := run(t, tree, nil, "go", "env", "GOMODCACHE") + "/cache/download"
	run(t, tree, []string{
		"GOBIN=" + bin, "GOMODCACHE=" + t.TempDir(), "GOFLAGS=-modcacherw -trimpath",
		"GOPROXY=file://" + proxy + ",file://" + downloaded, "GOSUMDB=off", "GOTOOLCHAIN=local", "CGO_ENABLED=0",
	}, "go", "install", command+"@v"+installed)
	return filepath.Join(bin, "realtimekit_exporter")
}

// expectPages finds the version in the metrics and on the landing page.
func expectPages(t *testing.T, binary string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), binary, "--demo", "--web.listen-address=127.0.0.1:0")
	log, err := cmd.StderrPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _, _ = cmd.Process.Kill(), cmd.Wait() }()
	address := ""
	for lines := bufio.NewScanner(log); address == "" && lines.Scan(); {
		if found := regexp.MustCompile(`address=(127\.0\.0\.1:\d+)`).FindStringSubmatch(lines.Text()); found != nil {
			address = found[1]
		}
	}
	go func() { _, _ = io.Copy(io.Discard, log) }()
	for path, want := range map[string]string{
		"/":        "version=" + installed + ",",
		"/metrics": `version="` + installed + `"} 1`,
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		if err := errors.Join(err, resp.Body.Close()); err != nil || !strings.Contains(string(body), want) {
			t.Errorf("%s does not have %q (%v):\n%s", path, want, err, body)
		}
	}
}

// expectUserAgent runs verify, which sends a request.
func expectUserAgent(t *testing.T, binary string) {
	t.Helper()
	api := apitest.New(time.Now)
	api.AddToken("token", "account")
	api.AddApp("account", "app")
	server := httptest.NewServer(api)
	defer server.Close()
	config := filepath.Join(t.TempDir(), "config.yml")
	text := "api: {base_url: " + server.URL + "/client/v4}\naccounts:\n- {account_id: account, api_token: token, apps: [{app_id: app}]}\n"
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, ".", nil, binary, "verify", "--config.file="+config)
	const want = "realtimekit_exporter/" + installed + " (+https://" + module + ")"
	for _, r := range api.Requests() {
		if r.UserAgent != want {
			t.Errorf("a request has the User-Agent %q, want %q", r.UserAgent, want)
		}
	}
}

// run runs a command in a folder, with these variables in addition, and returns its
// output without space around it.
func run(t *testing.T, dir string, env []string, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s%s", cmd, err, out, &stderr)
	}
	return strings.TrimSpace(string(out))
}
