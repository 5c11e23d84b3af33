package logging

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
)

// A gate is a pipe that is not read until it is opened.
type gate struct {
	open chan struct{}

	mu      sync.Mutex
	written bytes.Buffer
}

func (g *gate) Write(p []byte) (int, error) {
	<-g.open
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.written.Write(p)
}

// take returns what has been written since the last call.
func (g *gate) take() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	defer g.written.Reset()
	return g.written.String()
}

func TestWriter_BlockedOutput(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out := &gate{open: make(chan struct{})}
		l := NewWriter(out)
		fmt.Fprintln(l, "first")
		synctest.Wait() // it is being written

		message := strings.Repeat("x", 1023) + "\n"
		for range maxPending/len(message) + 7 {
			if n, err := l.Write([]byte(message)); n != len(message) || err != nil {
				t.Fatalf("got %d, %v", n, err)
			}
		}
		if got := testutil.ToFloat64(l.Dropped); got != 7 {
			t.Errorf("%v messages are counted as dropped, want 7", got)
		}

		close(out.open)
		synctest.Wait()
		if got, want := out.take(), "first\n"+strings.Repeat(message, maxPending/len(message)); got != want {
			t.Errorf("%d bytes were written, want %d", len(got), len(want))
		}
		start := time.Now()
		fmt.Fprintln(l, "last")
		l.Close()
		if got := out.take(); got != "last\n" || time.Since(start) != 0 {
			t.Errorf("got %q after the output was read again, closed after %v", got, time.Since(start))
		}
	})
}

func TestWriter_CloseWithBlockedOutput(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out := &gate{open: make(chan struct{})}
		l := NewWriter(out)
		fmt.Fprintln(l, "first")
		start := time.Now()
		l.Close()
		if took := time.Since(start); took != FlushTimeout {
			t.Errorf("closing took %v, want %v", took, FlushTimeout)
		}
		fmt.Fprintln(l, "after the end")
		close(out.open)
	})
}

func TestWriter_FailingOutput(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := NewWriter(brokenPipe{})
		fmt.Fprintln(l, "first")
		synctest.Wait()
		fmt.Fprintln(l, "second")
		l.Close()
		if got := testutil.ToFloat64(l.Dropped); got != 2 {
			t.Errorf("%v messages are counted as dropped, want 2", got)
		}
	})
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestFailure_OneMessagePerProblem(t *testing.T) {
	for format, want := range map[string]string{"logfmt": "level=error ", "json": `{"`} {
		var out bytes.Buffer
		Failure(New(&out, "error", format), errors.Join(errors.New("first"), errors.New("second")))
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		if len(lines) != 2 || !strings.HasPrefix(lines[0], want) || !strings.Contains(lines[1], "second") {
			t.Errorf("%s: got %q", format, lines)
		}
	}
}
