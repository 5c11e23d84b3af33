package main

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/cmd/realtimekit_exporter/internal/logging"
	"github.com/realtimekit-exporter/realtimekit_exporter/cmd/realtimekit_exporter/internal/scrape"
)

// serveBody serves a body over a connection without a buffer. It returns the
// client's side of that, and the error with which the handler's write ended.
func serveBody(t *testing.T, body []byte) (net.Conn, <-chan error) {
	t.Helper()
	network := &pipes{accepted: make(chan net.Conn), closed: make(chan struct{}), dead: new(atomic.Bool)}
	ended := make(chan error, 1)
	s := newServer(scrape.DropStalled(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, err := w.Write(body)
		ended <- err
	})), logging.NewErrorLog(slog.New(slog.DiscardHandler), nil))
	go func() { _ = s.Serve(network) }()
	t.Cleanup(func() { _ = s.Close() })
	conn, err := network.dial(t.Context(), "", "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	return conn, ended
}

func TestDropStalled_ClientDoesNotRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		conn, ended := serveBody(t, make([]byte, 1<<20))
		defer conn.Close()
		if err := <-ended; !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(start) != 30*time.Second {
			t.Errorf("writing ended with %v after %v", err, time.Since(start))
		}
	})
}

func TestDropStalled_SlowClientGetsAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		body, start := bytes.Repeat([]byte("0123456789abcde\n"), 8<<10), time.Now()
		conn, ended := serveBody(t, body)
		defer conn.Close()
		resp, err := http.ReadResponse(bufio.NewReader(slowReader{conn}), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		read, err := io.ReadAll(resp.Body)
		if err := errors.Join(err, <-ended); err != nil || !bytes.Equal(read, body) {
			t.Errorf("%d of %d bytes were read: %v", len(read), len(body), err)
		}
		if took := time.Since(start); took < 10*time.Minute {
			t.Errorf("it took only %v, which other timeouts allow", took)
		}
	})
}

// A slowReader reads 1 KiB every five seconds.
type slowReader struct{ io.Reader }

func (s slowReader) Read(p []byte) (int, error) {
	<-time.After(5 * time.Second)
	return s.Reader.Read(p[:min(len(p), 1<<10)])
}

// A deadlineRecorder is a response whose write deadlines are counted.
type deadlineRecorder struct {
	*httptest.ResponseRecorder
	deadlines int
}

func (d *deadlineRecorder) SetWriteDeadline(at time.Time) error {
	if at.IsZero() {
		return errors.New("no deadline")
	}
	d.deadlines++
	return nil
}

func TestDropStalled_EveryPage(t *testing.T) {
	demo := newDemo(t, "--web.enable-pprof")
	for _, path := range []string{"/metrics", "/status", "/", "/-/healthy", "/debug/pprof/goroutine?debug=2"} {
		w := &deadlineRecorder{ResponseRecorder: httptest.NewRecorder()}
		demo.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
		if want := 1 + (w.Body.Len()-1)/(4<<10); w.Code != http.StatusOK || w.deadlines < want {
			t.Errorf("%s: %d with %d deadlines for %d bytes", path, w.Code, w.deadlines, w.Body.Len())
		}
	}
}
