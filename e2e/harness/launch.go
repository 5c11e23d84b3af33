package harness

import (
	"context"
	"errors"
	"os/exec"
	"regexp"
	"testing"
)

// Launch runs an exporter that need not end well, nor let anybody in: it returns
// once that listens, and kills it when the test ends.
func Launch(t *testing.T, args ...string) *Process {
	t.Helper()
	p := &Process{Log: &Buffer{}}
	ctx, kill := context.WithCancel(context.Background()) // not the test's, whose end is before its clean-up
	p.cmd = exec.CommandContext(ctx, "realtimekit_exporter", args...)
	p.cmd.Stdout, p.cmd.Stderr = p.Log, p.Log
	if err := p.cmd.Start(); err != nil {
		kill()
		t.Fatal(err)
	}
	t.Cleanup(func() {
		kill()
		_ = p.cmd.Wait() // it was killed, or has ended before
		if t.Failed() {
			t.Logf("log:\n%s", p.Log)
		}
	})
	listening := regexp.MustCompile(`msg="Listening on".* address=(\S+)`)
	Eventually(t, func() error {
		m := listening.FindStringSubmatch(p.Log.String())
		if m == nil {
			return errors.New("it has not said where it listens")
		}
		p.URL = "http://" + m[1]
		return nil
	})
	return p
}
