package main

import (
	"net"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
	"github.com/realtimekit-exporter/realtimekit_exporter/cmd/realtimekit_exporter/internal/config"
)

// The call returns at the header of a 429, however long its body takes.
func TestTransport_RateLimitedWithoutEndOfBody(t *testing.T) {
	for _, proto := range []string{http1, h2} {
		t.Run(proto, func(t *testing.T) {
			atDeadline(t, proto, func(w *wire) { w.header(429) }, func(err error, elapsed time.Duration) {
				if reason, _ := outcome(err); reason != api.ReasonRateLimited || elapsed != 0 {
					t.Errorf("got %q after %v, %v; want the 429 at its header", reason, elapsed, err)
				}
			})
		})
	}
}

// A peer that becomes silent costs api.timeout and no more.
func TestTransport_SilenceEndsAtTimeout(t *testing.T) {
	timeout := config.Default().API.Timeout
	for proto, faults := range map[string]map[string]func(*wire){
		http1: {
			"nothing":               func(*wire) {},
			"100 and silence":       func(w *wire) { w.header(100) },
			"200 and silence":       func(w *wire) { w.header(200) },
			"part of the header":    func(w *wire) { w.text("HTTP/1.1 200") },
			"103 once every second": func(w *wire) { everySecond(func() { w.header(103) }) },
			"one byte every second": func(w *wire) { w.header(200); everySecond(func() { w.text(" ") }) },
		},
		h2: {
			"nothing":               func(*wire) {},
			"100 and silence":       func(w *wire) { w.header(100) },
			"101 and silence":       func(w *wire) { w.header(101) },
			"200 and silence":       func(w *wire) { w.header(200) },
			"103 once every second": func(w *wire) { everySecond(func() { w.header(103) }) },
		},
	} {
		for name, fault := range faults {
			t.Run(proto+"/"+name, func(t *testing.T) {
				atDeadline(t, proto, fault, func(err error, elapsed time.Duration) {
					if reason, _ := outcome(err); reason != api.ReasonTimeout || elapsed != timeout {
						t.Errorf("got %q after %v, %v; want a timeout after %v", reason, elapsed, err, timeout)
					}
				})
			})
		}
	}
}

// everySecond calls f for as long as the fake clock runs.
func everySecond(f func()) {
	time.AfterFunc(time.Second, func() {
		f()
		everySecond(f)
	})
}

// atDeadline sends a request to a faulty peer, on a fake clock.
func atDeadline(t *testing.T, proto string, fault func(*wire), check func(err error, elapsed time.Duration)) {
	synctest.Test(t, func(t *testing.T) {
		network := &pipes{accepted: make(chan net.Conn), closed: make(chan struct{}), dead: new(atomic.Bool)}
		p := newPeer(t, buffered{network}, proto, 0, wireFault{respond: func(w *wire) bool { fault(w); return true }})
		client := p.client(t, network.dial)
		start := time.Now()
		err := fetch(t, client)
		check(err, time.Since(start))
		p.close()
	})
}
