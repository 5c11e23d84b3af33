package systemd

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
	"github.com/realtimekit-exporter/realtimekit_exporter/deploy/test/internal/program"
)

// A manager has the commands of a package manager.
type manager struct {
	pattern                string   // of its packages
	install, remove, purge []string // purge is nil if there is none
}

func managers() map[string]manager {
	rpm := func(args ...string) []string {
		return append([]string{"rpm", "--dbpath=/var/lib/rpm", "--force-debian", "--nodeps"}, args...)
	}
	return map[string]manager{
		"deb": {
			pattern: "*.deb",
			install: []string{"dpkg", "--install"},
			remove:  []string{"dpkg", "--remove", "realtimekit-exporter"},
			purge:   []string{"dpkg", "--purge", "realtimekit-exporter"},
		},
		"rpm": {
			pattern: "*.rpm",
			install: rpm("--upgrade"),
			remove:  rpm("--erase", "realtimekit-exporter"),
		},
	}
}

// pack builds the packages of two versions, and returns the folder that has a folder of each.
func pack(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	root, err := filepath.Abs(program.Root)
	if err != nil {
		t.Fatal(err)
	}
	for _, version := range []string{"0.0.1", "0.0.2"} {
		cmd := exec.CommandContext(t.Context(), "go", "-C", filepath.Join(root, "tools/release"), "run", "./dist",
			"-root="+root, "-out="+filepath.Join(dir, version), "-version="+version, "-epoch=1700000000",
			"-ldflags=-X github.com/prometheus/common/version.Version="+version, "linux/"+runtime.GOARCH)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	return dir
}

// The life cycle of the packages, each on a machine of its own.
func TestPackage_InstallUpgradeRemove(t *testing.T) {
	packages := pack(t)
	for name, by := range managers() {
		t.Run(name, func(t *testing.T) { by.test(t, packages) })
	}
}

func (by manager) test(t *testing.T, packages string) {
	m := boot(t, packages)
	api := apitest.New(time.Now)
	api.AddToken("first-token", accountID)
	api.AddApp(accountID, appID)
	m.serve(t, apiAddress, api)
	install := func(version string) string {
		t.Helper()
		return m.must(t, "sh", "-c", strings.Join(by.install, " ")+" /packages/"+version+"/"+by.pattern)
	}
	running := func() string {
		t.Helper()
		m.awaitSample(t, `realtimekit_report_up{app="main-stage",report="livestreams"} 1`)
		return m.must(t, "cat", "/proc/"+m.show(t, "MainPID")+"/status")
	}
	expect := func(what, got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("%s is %q, want %q", what, got, want)
		}
	}

	// Installed: not started, because there is no token, and it says what to do.
	out := install("0.0.1")
	const start = "systemctl enable --now realtimekit_exporter"
	if !strings.Contains(out, start) {
		t.Errorf("it does not say how to start the service:\n%s", out)
	}
	expect("the service", m.show(t, "ActiveState"), "inactive")
	if verified := m.must(t, "systemd-analyze", "verify", "/usr/lib/systemd/system/"+service); verified != "" {
		t.Errorf("systemd-analyze verify prints:\n%s", verified)
	}
	uid := m.must(t, "id", "-u", "realtimekit_exporter")

	// Configured and started, as a user of its own, with a state directory.
	config := m.must(t, "cat", configPath) + "\napi:\n  base_url: http://" + apiAddress + "\n"
	m.configure(t, config)
	if err := m.follow(t, "systemd-token", "first-token\n"); err != nil {
		t.Fatal(err)
	}
	m.must(t, strings.Fields(start)...)
	if status := running(); !strings.Contains(status, "\nUid:\t"+uid+"\t"+uid+"\t"+uid+"\t"+uid+"\n") {
		t.Errorf("it does not run as user %s:\n%s", uid, status)
	}
	expect("the version", strings.Fields(m.must(t, "realtimekit_exporter", "--version"))[2], "0.0.1")
	expect("the state directory", m.must(t, "stat", "--format=%U %a", "/var/lib/realtimekit_exporter"), "realtimekit_exporter 700")
	if err := m.follow(t, "package-loopback", ""); err != nil {
		t.Fatal(err)
	}
	running()
	m.must(t, "ls", "/usr/share/doc/realtimekit-exporter/licenses/go/LICENSE", "/usr/share/doc/realtimekit-exporter/config.example.yml")

	// Upgraded: restarted with the new version and the edited configuration.
	before := m.show(t, "MainPID")
	if out := install("0.0.2"); strings.Contains(out, start) {
		t.Errorf("the upgrade says how to start the service:\n%s", out)
	}
	running()
	if m.show(t, "MainPID") == before {
		t.Error("the process before the upgrade still runs")
	}
	m.awaitSample(t, fmt.Sprintf(`realtimekit_exporter_build_info{branch="",goarch="%s",goos="linux",goversion="%s",revision="unknown",tags="unknown",version="0.0.2"} 1`, runtime.GOARCH, runtime.Version()))
	expect("the configuration after the upgrade", m.must(t, "cat", configPath), strings.TrimSpace(config))

	// Removed: nothing runs; the configuration, the token and the state stay.
	m.must(t, by.remove...)
	expect("the service", m.show(t, "ActiveState"), "inactive")
	expect("the unit", m.show(t, "LoadState"), "not-found")
	if out, err := m.run(t, "ls", "/usr/bin/realtimekit_exporter", "/etc/systemd/system/multi-user.target.wants/"+service); err == nil || strings.Count(out, "No such file") != 2 {
		t.Errorf("still there: %s", out)
	}
	kept := configPath
	if by.purge == nil {
		kept += ".rpmsave"
	}
	expect("the configuration after the removal", m.must(t, "cat", kept), strings.TrimSpace(config))
	m.must(t, "ls", "/etc/realtimekit_exporter/cloudflare_api_token", "/var/lib/realtimekit_exporter")
	if by.purge == nil {
		return
	}

	// Purged: all of it is gone.
	m.must(t, by.purge...)
	if out, err := m.run(t, "ls", "/etc/realtimekit_exporter", "/var/lib/realtimekit_exporter"); err == nil || strings.Count(out, "No such file") != 2 {
		t.Errorf("still there: %s", out)
	}
}
