package main

import (
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/cmd/realtimekit_exporter/internal/logging"
	"github.com/realtimekit-exporter/realtimekit_exporter/cmd/realtimekit_exporter/internal/scrape"
)

// The timeouts end slow clients, but neither the longest scrape nor a connection
// between two scrapes.
func TestServer_Timeouts(t *testing.T) {
	const between = 2 * time.Minute // scrapes, at most
	longest := scrape.MaxTimeout
	s := newServer(http.NotFoundHandler(), logging.NewErrorLog(slog.New(slog.DiscardHandler), nil))
	for name, c := range map[string]struct{ got, more, most time.Duration }{
		"reading a header":  {s.ReadHeaderTimeout, 0, 30 * time.Second},
		"reading a request": {s.ReadTimeout, s.ReadHeaderTimeout, 5 * time.Minute},
		"responding":        {s.WriteTimeout, longest, 2 * longest},
		"being idle":        {s.IdleTimeout, between, 10 * time.Minute},
	} {
		if c.got <= c.more || c.got > c.most {
			t.Errorf("%s may take %v, want more than %v and at most %v", name, c.got, c.more, c.most)
		}
	}
	if s.MaxHeaderBytes <= 4<<10 || s.MaxHeaderBytes > 256<<10 {
		t.Errorf("a header may have %d bytes", s.MaxHeaderBytes)
	}
}

func TestStop_EndsWithinTwoSeconds(t *testing.T) {
	if most := stopTimeout + logging.FlushTimeout; most > 1900*time.Millisecond {
		t.Errorf("it may take %v", most)
	}
}

func TestServer_HandlerPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out safeBuffer
		network := &pipes{accepted: make(chan net.Conn), closed: make(chan struct{}), dead: new(atomic.Bool)}
		panics := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("boom") })
		s := newServer(panics, logging.NewErrorLog(logging.NewSlog(&out, "info", "logfmt"), nil))
		go func() { _ = s.Serve(network) }()
		defer s.Close()
		for range 3 {
			conn, err := network.dial(t.Context(), "", "")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
				t.Fatal(err)
			}
			_, _ = io.ReadAll(conn)
		}
		synctest.Wait()
		if logged := out.take(); strings.Count(logged, "\n") != 1 || !strings.Contains(logged, `level=warn`) || !strings.Contains(logged, "boom") {
			t.Errorf("logged %s", logged)
		}
	})
}
