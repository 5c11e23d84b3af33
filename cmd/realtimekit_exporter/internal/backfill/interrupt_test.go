package backfill

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
)

func TestRun_InterruptedWhileItRequests(t *testing.T) {
	for name, fault := range map[string]struct{ list, app bool }{"lists": {list: true}, "days": {app: true}, "the wait before the next try": {}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sim := newAPI("main")
				sim.Override("main", apitest.Status(503, nil, ""))
				if fault.list {
					sim.OverrideApps(studio, apitest.Hang())
				}
				if fault.app {
					sim.Override("main", apitest.Hang())
				}
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
				defer cancel()
				var out strings.Builder
				lines, err := runTo(ctx, t, newPlan(sim, everyApp(), "main"), span(t, "1999-12-01", ""), &out)
				if out.Len() > 0 || fmt.Sprint(err) != "interrupted: nothing was written" || strings.Contains(lines, "left out") {
					t.Errorf("got %q, %v and\n%s", &out, err, lines)
				}
			})
		})
	}
}

// A reader reads the output until it has some bytes, and then does something else.
type reader struct {
	mu   sync.Mutex
	text strings.Builder
	then func() error
}

func (r *reader) Write(p []byte) (int, error) {
	if len(r.String()) > 100_000 {
		if err := r.then(); err != nil {
			return 0, err
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.Write(p)
}

func (r *reader) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.String()
}

func TestRun_InterruptedWhileItWrites(t *testing.T) {
	for name, c := range map[string]struct {
		signal, block bool
		err           error
		want          string
	}{
		"a signal":                    {signal: true, want: "interrupted"},
		"a signal while nobody reads": {signal: true, block: true, want: "interrupted"},
		"a closed pipe":               {err: errors.New("broken pipe"), want: "writing the output: broken pipe"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sim := newAPI()
				sim.AddApp(studio, "main")
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				unblock := make(chan struct{})
				out := &reader{then: func() error {
					if c.signal {
						cancel()
					}
					if c.block {
						<-unblock
					}
					return c.err
				}}
				lines, err := runTo(ctx, t, newPlan(sim, nil, "main"), span(t, "1996-01-01", ""), out)
				if want := c.want + ": the output is incomplete, and has no # EOF"; fmt.Sprint(err) != want || strings.Contains(lines, "promtool") {
					t.Errorf("got %v, want %s, and\n%s", err, want, lines)
				}
				close(unblock)
				synctest.Wait() // for the rest of the output
				if text := out.String(); len(text) < 100_000 || strings.Contains(text, "EOF") {
					t.Errorf("the output has %d bytes and ends with %q", len(text), text[max(0, len(text)-50):])
				}
			})
		})
	}
}
