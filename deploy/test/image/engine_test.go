package image

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/realtimekit-exporter/realtimekit_exporter/deploy/test/internal/program"
)

// start runs what follows in a PID namespace of its own: below a root that is
// read-only, as a user with neither capabilities nor a way to get some. The three
// left in the bounding set are what changing root and user takes; without new
// privileges the process cannot acquire them.
const start = `
root=$1 workdir=$2 uid=$3 gid=$4 mounted=$5; shift 5
mount --bind "$root" "$root"
mount -o remount,bind,ro "$root"
mount -t proc proc "$root/proc"
if [ "$mounted" ]; then mount --bind "$mounted" "$root$workdir"; mount -o remount,bind,ro "$root$workdir"; fi
exec setpriv --no-new-privs --inh-caps=-all --ambient-caps=-all --bounding-set=-all,+sys_chroot,+setuid,+setgid \
	unshare --root="$root" --wd="$workdir" --setgid="$gid" --setuid="$uid" -- "$@"
`

// A user is the user and groups of the program.
type user struct{ uid, gid string }

// owner is the user that the image names.
func (i image) owner() user {
	uid, gid, _ := strings.Cut(i.config.User, ":")
	return user{uid, gid}
}

// process is a command in the image. A directory may be mounted where the program
// looks for its configuration.
func (i image) process(ctx context.Context, as user, mounted string, command ...string) *exec.Cmd {
	args := []string{"--pid", "--mount", "--fork", "sh", "-euc", start, "sh", i.root, i.config.WorkingDir, as.uid, as.gid, mounted}
	cmd := exec.CommandContext(ctx, "unshare", append(args, command...)...)
	cmd.Env = i.config.Env
	return cmd
}

// A container is the image's entry point while it runs.
type container struct {
	image   image
	log     log
	cmd     *exec.Cmd
	program *os.Process // as it is called outside
	ended   chan struct{}
}

// start runs the entry point, and returns once it listens.
func (i image) start(t *testing.T, as user, mounted string, args ...string) *container {
	t.Helper()
	c := &container{image: i, ended: make(chan struct{})}
	c.cmd = i.process(context.WithoutCancel(t.Context()), as, mounted, append(i.config.Entrypoint, args...)...)
	c.cmd.Stdout, c.cmd.Stderr = &c.log, &c.log
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	c.findProgram(t)
	go func() {
		defer close(c.ended)
		_ = c.cmd.Wait() // the exit status is in the process state
	}()
	t.Cleanup(func() {
		// Not unshare, whose --kill-child is forgotten when the user changes.
		_ = c.program.Kill()
		<-c.ended
		if t.Failed() {
			t.Logf("its log:\n%s", c.log.String())
		}
	})
	c.logged(t, "Listening on")
	return c
}

// findProgram waits for the only child of unshare.
func (c *container) findProgram(t *testing.T) {
	t.Helper()
	children := fmt.Sprintf("/proc/%d/task/%[1]d/children", c.cmd.Process.Pid)
	var pid int
	program.Eventually(t, func() error {
		if _, err := fmt.Sscan(program.ReadFile(t, children), &pid); err != nil {
			return fmt.Errorf("unshare has no child: %w\n%s", err, c.log.String())
		}
		return nil
	})
	var err error
	if c.program, err = os.FindProcess(pid); err != nil {
		t.Fatal(err)
	}
}

func (c *container) hasEnded() bool {
	select {
	case <-c.ended:
		return true
	default:
		return false
	}
}

// logged waits for words in its log.
func (c *container) logged(t *testing.T, words string) {
	t.Helper()
	program.Eventually(t, func() error {
		ended := c.hasEnded()
		switch {
		case strings.Contains(c.log.String(), words):
			return nil
		case ended:
			t.Fatalf("the program ended and did not log %q", words)
		}
		return fmt.Errorf("the program did not log %q", words)
	})
}

func (c *container) signal(t *testing.T, s syscall.Signal) {
	t.Helper()
	if err := c.program.Signal(s); err != nil {
		t.Fatal(err)
	}
}

// stop sends the stop signal, as engines do, and returns the exit status.
func (c *container) stop(t *testing.T) int {
	t.Helper()
	c.signal(t, syscall.SIGTERM)
	program.Eventually(t, func() error {
		if !c.hasEnded() {
			return errors.New("the program does not end after SIGTERM")
		}
		return nil
	})
	return c.cmd.ProcessState.ExitCode()
}

// healthy runs the image's health check the way an engine does, and returns its
// status and output.
func (i image) healthy(t *testing.T) (int, string) {
	t.Helper()
	test := i.config.Healthcheck.Test
	if len(test) < 2 || test[0] != "CMD" || !filepath.IsAbs(test[1]) {
		t.Fatalf("the health check is %q, want CMD and a program", test)
	}
	cmd := i.process(t.Context(), i.owner(), "", test[1:]...)
	printed, _ := cmd.CombinedOutput()
	return cmd.ProcessState.ExitCode(), string(printed)
}

// A log is written by one while another reads it.
type log struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}
