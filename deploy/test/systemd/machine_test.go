package systemd

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/realtimekit-exporter/realtimekit_exporter/deploy/test/docs"
	"github.com/realtimekit-exporter/realtimekit_exporter/deploy/test/internal/program"
)

// A machine is the real systemd as PID 1 of its own namespaces, network included.
// It shares this machine's kernel, and starts with its /usr and dpkg's database.
type machine struct{ pid int }

// boot boots a machine that has the files of a release in /release, and what is in the
// folder packages, unless that is empty, in /packages. It needs root.
func boot(t *testing.T, packages string) *machine {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Fatal("this takes root: systemd is booted in namespaces of its own")
	}
	files := t.TempDir()
	if err := program.Build(t.Context(), filepath.Join(files, "release")); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(files, "release/deploy/systemd"), os.DirFS("../../systemd")); err != nil {
		t.Fatal(err)
	}
	if packages != "" {
		if err := os.CopyFS(filepath.Join(files, "packages"), os.DirFS(packages)); err != nil {
			t.Fatal(err)
		}
	}
	// Only the units that are needed.
	for link, unit := range map[string]string{
		"basic.target": "basic.target", "sysinit.target": "sysinit.target", "shutdown.target": "shutdown.target",
		"network-online.target": "network-online.target", "systemd-journald.service": "systemd-journald.service",
		"sysinit.target.wants/systemd-journald.socket": "systemd-journald.socket",
		"systemd-journald.socket":                      "systemd-journald.socket",
	} {
		link = filepath.Join(files, "etc/systemd/system", link)
		if err := errors.Join(os.MkdirAll(filepath.Dir(link), 0o755), os.Symlink("/usr/lib/systemd/system/"+unit, link)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(files, "etc/machine-id"), []byte(strings.Repeat("e", 32)+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}

	cmd := exec.CommandContext(t.Context(), "sh", "testdata/boot.sh", t.TempDir(), files)
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWPID | syscall.CLONE_NEWNET | syscall.CLONE_NEWUTS |
			syscall.CLONE_NEWIPC | syscall.CLONE_NEWCGROUP,
		Pdeathsig: syscall.SIGKILL,
	}
	var log strings.Builder
	cmd.Stdout, cmd.Stderr = &log, &log
	started, ended := make(chan error), make(chan struct{})
	go func() {
		defer close(ended)
		runtime.LockOSThread() // the child ends with the thread that started it
		started <- cmd.Start()
		_ = cmd.Wait() // it is killed
	}()
	if err := <-started; err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		<-ended // the test's context has, and with PID 1 all that runs there
		if t.Failed() {
			t.Logf("output of systemd:\n%s", &log)
		}
	})
	m := &machine{cmd.Process.Pid}
	program.Eventually(t, func() error {
		if state, err := m.run(t, "systemctl", "is-system-running"); err != nil {
			return fmt.Errorf("systemd is not up: %s (%w)", state, err)
		}
		return nil
	})
	return m
}

// run runs a command on the machine, as root.
func (m *machine) run(t *testing.T, command ...string) (string, error) {
	t.Helper()
	return m.typed(t, "", command...)
}

// typed runs a command with text on stdin.
func (m *machine) typed(t *testing.T, stdin string, command ...string) (string, error) {
	t.Helper()
	args := append([]string{
		"--all", "--root", "--wd", "--target", strconv.Itoa(m.pid),
		"env", "-i", "PATH=/usr/local/bin:/usr/sbin:/usr/bin",
	}, command...)
	cmd := exec.CommandContext(t.Context(), "nsenter", args...)
	cmd.Stdin = strings.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	return strings.TrimSpace(string(out)), err
}

// follow runs a block of docs/deploy.md in the folder of the release.
func (m *machine) follow(t *testing.T, name, stdin string) error {
	t.Helper()
	blocks, err := docs.Read("../../../docs/deploy.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range blocks {
		if b.Run != name {
			continue
		}
		script, err := b.Commands()
		if err != nil {
			t.Fatal(err)
		}
		out, err := m.typed(t, stdin, "sh", "-ec", "cd /release\n"+script)
		if err != nil {
			err = fmt.Errorf("%s: %w\n%s", b.At, err, out)
		}
		return err
	}
	t.Fatalf("docs/deploy.md has no block %s", name)
	return nil
}

// must runs a command that has to do well.
func (m *machine) must(t *testing.T, command ...string) string {
	t.Helper()
	out, err := m.run(t, command...)
	if err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(command, " "), err, out)
	}
	return out
}

// show returns a property of the service.
func (m *machine) show(t *testing.T, property string) string {
	t.Helper()
	return m.must(t, "systemctl", "show", "--value", "--property="+property, service)
}

// configure replaces the exporter's configuration at once.
func (m *machine) configure(t *testing.T, content string) {
	t.Helper()
	path := fmt.Sprintf("/proc/%d/root%s", m.pid, configPath)
	if err := errors.Join(os.WriteFile(path+".new", []byte(content), 0o644), os.Rename(path+".new", path)); err != nil {
		t.Fatal(err)
	}
}
