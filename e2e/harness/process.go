package harness

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A Process is a server under test.
type Process struct {
	Log *Buffer
	URL string // without a slash at the end

	cmd *exec.Cmd
}

// Start runs a program that logs as Prometheus does, and returns when it is ready to
// serve. The process is stopped with the test, and must exit with status 0.
func Start(t testing.TB, name string, args ...string) *Process {
	t.Helper()
	p := newProcess(t.Context(), name, args...)
	p.cmd.Cancel = func() error { return p.cmd.Process.Signal(syscall.SIGTERM) }
	p.cmd.WaitDelay = 10 * time.Second
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		// The test's context has ended, so the process got a signal to stop.
		err := p.cmd.Wait()
		if code := p.cmd.ProcessState.ExitCode(); code != 0 {
			t.Errorf("%s ended with status %d, want 0: %v", name, code, err)
		}
		if t.Failed() {
			t.Logf("log of %s:\n%s", name, p.Log)
		}
	})
	Eventually(t, func() error {
		if err := p.findAddress(); err != nil {
			return err
		}
		_, _, err := Get(t.Context(), p.URL+"/-/ready", "")
		return err
	})
	return p
}

// Launch runs an exporter that may exit with any status and may require a password.
// It returns when the exporter listens, and kills it when the test ends.
func Launch(t *testing.T, args ...string) *Process {
	t.Helper()
	ctx, kill := context.WithCancel(context.Background()) // the test's context ends before its clean-up
	p := newProcess(ctx, "realtimekit_exporter", args...)
	if err := p.cmd.Start(); err != nil {
		kill()
		t.Fatal(err)
	}
	t.Cleanup(func() {
		kill()
		_ = p.cmd.Wait() // it was killed, or ended before
		if t.Failed() {
			t.Logf("log:\n%s", p.Log)
		}
	})
	Eventually(t, p.findAddress)
	return p
}

func newProcess(ctx context.Context, name string, args ...string) *Process {
	p := &Process{Log: &Buffer{}, cmd: exec.CommandContext(ctx, name, args...)}
	p.cmd.Stdout, p.cmd.Stderr = p.Log, p.Log
	return p
}

// findAddress reads the address that the process listens on from its log.
func (p *Process) findAddress() error {
	m := regexp.MustCompile(`msg="Listening on".* address=(\S+)`).FindStringSubmatch(p.Log.String())
	if m == nil {
		return errors.New(p.cmd.Path + " does not listen yet")
	}
	p.URL = "http://" + m[1]
	return nil
}

// Signal sends a signal to the process.
func (p *Process) Signal(t *testing.T, s os.Signal) {
	t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
}

// Wait waits for the process to end. It returns an error unless the exit status is 0.
func (p *Process) Wait() error { return p.cmd.Wait() }

// Terminate stops the process with SIGTERM, and returns how long that took.
func (p *Process) Terminate(t *testing.T) time.Duration {
	t.Helper()
	began := time.Now()
	p.Signal(t, syscall.SIGTERM)
	if err := p.Wait(); err != nil {
		t.Errorf("after SIGTERM: %v", err)
	}
	return time.Since(began)
}

// Lines returns the lines of the log that contain any of the words.
func (p *Process) Lines(words ...string) (found []string) {
	for line := range strings.Lines(p.Log.String()) {
		for _, w := range words {
			if strings.Contains(line, w) {
				found = append(found, line)
				break
			}
		}
	}
	return found
}
