package systemd

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// A machine is the real systemd as PID 1 of its own namespaces, network included.
// It shares this machine's kernel and /usr, and nothing else.
type machine struct{ pid int }

// boot boots a machine on which the exporter, the unit and the configuration lie
// where a reader of the documentation puts them. It takes root.
func boot(t *testing.T) *machine {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Fatal("this takes root: systemd is booted in namespaces of its own")
	}
	files := t.TempDir()
	build(t, filepath.Join(files, "local/bin/realtimekit_exporter"))
	copyFile(t, unitFile, filepath.Join(files, "etc/systemd/system/realtimekit_exporter.service"))
	copyFile(t, configFile, filepath.Join(files, "etc/realtimekit_exporter/config.yml"))
	// Of what usually boots, the least.
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
		runtime.LockOSThread() // the child dies with the thread that started it
		started <- cmd.Start()
		_ = cmd.Wait() // it is killed
	}()
	if err := <-started; err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		<-ended // the test's context has, and with PID 1 all that runs there
		if t.Failed() {
			t.Logf("systemd says:\n%s", &log)
		}
	})
	m := &machine{cmd.Process.Pid}
	eventually(t, func() error {
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
	args := append([]string{"--all", "--root", "--wd=/", "--target", strconv.Itoa(m.pid), "env", "-i", "PATH=/usr/sbin:/usr/bin"}, command...)
	out, err := exec.CommandContext(t.Context(), "nsenter", args...).CombinedOutput()
	return strings.TrimSpace(string(out)), err
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

// write writes a file there at once.
func (m *machine) write(t *testing.T, path, content string, mode os.FileMode) {
	t.Helper()
	path = fmt.Sprintf("/proc/%d/root%s", m.pid, path)
	if err := errors.Join(os.WriteFile(path+".new", []byte(content), mode), os.Rename(path+".new", path)); err != nil {
		t.Fatal(err)
	}
}

// inside calls f on a thread that is in the machine's network: what it opens is too.
func (m *machine) inside(f func() error) error {
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with this
		ns, err := os.Open(fmt.Sprintf("/proc/%d/ns/net", m.pid))
		if err == nil {
			defer ns.Close()
			err = unix.Setns(int(ns.Fd()), unix.CLONE_NEWNET)
		}
		if err == nil {
			err = f()
		}
		done <- err
	}()
	return <-done
}

// serve serves on the machine's loopback address.
func (m *machine) serve(t *testing.T, address string, h http.Handler) {
	t.Helper()
	server := httptest.NewUnstartedServer(h)
	server.Listener.Close()
	err := m.inside(func() (err error) {
		server.Listener, err = (&net.ListenConfig{}).Listen(t.Context(), "tcp", address)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	server.Start()
	t.Cleanup(server.Close)
}

// client returns a client on the machine.
func (m *machine) client() *http.Client {
	dial := func(ctx context.Context, network, address string) (conn net.Conn, err error) {
		err = m.inside(func() error {
			conn, err = (&net.Dialer{}).DialContext(ctx, network, address)
			return err
		})
		return conn, err
	}
	return &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}}
}
