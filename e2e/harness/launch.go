package e2e

import (
	"context"
	"errors"
	"os/exec"
	"regexp"
	"testing"
)

// launch runs an exporter that need not end well, nor let anybody in: it returns
// once that listens, and kills it when the test ends.
func launch(t *testing.T, args ...string) *process {
	t.Helper()
	p := &process{log: &safeBuffer{}}
	ctx, kill := context.WithCancel(context.Background()) // not the test's, whose end is before its clean-up
	p.cmd = exec.CommandContext(ctx, "realtimekit_exporter", args...)
	p.cmd.Stdout, p.cmd.Stderr = p.log, p.log
	if err := p.cmd.Start(); err != nil {
		kill()
		t.Fatal(err)
	}
	t.Cleanup(func() {
		kill()
		_ = p.cmd.Wait() // it was killed, or has ended before
		if t.Failed() {
			t.Logf("log:\n%s", p.log)
		}
	})
	listening := regexp.MustCompile(`msg="Listening on".* address=(\S+)`)
	eventually(t, func() error {
		m := listening.FindStringSubmatch(p.log.String())
		if m == nil {
			return errors.New("it has not said where it listens")
		}
		p.url = "http://" + m[1]
		return nil
	})
	return p
}
