package main

import (
	"bufio"
	"bytes"
	"context"
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
)

// A limited handler counts its requests, which take as long as hold is open.
type limited struct {
	http.Handler
	served atomic.Int64
	hold   chan struct{}
}

func newLimited(stopping context.Context, n int) *limited {
	l := &limited{hold: make(chan struct{})}
	l.Handler = scrapeDeadline(0, limitRequests(stopping, n, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		l.served.Add(1)
		<-l.hold
	})))
	return l
}

// request returns the status and how long it took.
func (l *limited) request(ctx context.Context, timeout string) (int, time.Duration) {
	r, w, start := httptest.NewRequestWithContext(ctx, http.MethodGet, "/", nil), httptest.NewRecorder(), time.Now()
	r.Header.Set("X-Prometheus-Scrape-Timeout-Seconds", timeout)
	l.ServeHTTP(w, r)
	return w.Code, time.Since(start)
}

func TestLimitRequests_DeadlineWithoutSlot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimited(t.Context(), 2)
		for range 2 {
			go l.request(t.Context(), "1")
		}
		synctest.Wait()
		if status, took := l.request(t.Context(), "7"); status != http.StatusServiceUnavailable || took != 7*time.Second {
			t.Errorf("got %d after %v, want 503 at its deadline", status, took)
		}
		close(l.hold)
		synctest.Wait()
		if status, took := l.request(t.Context(), "7"); status != http.StatusOK || took != 0 {
			t.Errorf("got %d after %v, want 200 once there is a slot", status, took)
		}
	})
}

func TestLimitRequests_WaitsForSlot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimited(t.Context(), 1)
		statuses := make(chan int, 3)
		for range 3 {
			go func() {
				status, _ := l.request(t.Context(), "10")
				statuses <- status
			}()
		}
		for n := range 3 {
			synctest.Wait()
			if got := l.served.Load(); got != int64(n+1) {
				t.Errorf("%d requests are served, want %d", got, n+1)
			}
			l.hold <- struct{}{}
			if status := <-statuses; status != http.StatusOK {
				t.Errorf("got %d", status)
			}
		}
	})
}

func TestLimitRequests_FreeSlotAfterDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimited(t.Context(), 1)
		close(l.hold)
		ended, end := context.WithCancel(t.Context())
		end()
		for range 50 {
			if status, _ := l.request(ended, "1"); status != http.StatusOK {
				t.Fatalf("got %d", status)
			}
		}
	})
}

func TestLimitRequests_NoLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimited(t.Context(), 0)
		for range 100 {
			go l.request(t.Context(), "10")
		}
		synctest.Wait()
		if got := l.served.Load(); got != 100 {
			t.Errorf("%d requests are served", got)
		}
		close(l.hold)
	})
}

func TestLimitRequests_Stopping(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stopping, stop := context.WithCancel(t.Context())
		l := newLimited(stopping, 1)
		statuses := make(chan int, 3)
		for range 3 {
			go func() {
				status, _ := l.request(t.Context(), "300")
				statuses <- status
			}()
		}
		synctest.Wait()
		start := time.Now()
		stop()
		synctest.Wait()
		l.hold <- struct{}{} // the first, and its slot goes to another, which is not served to its end
		if status := <-statuses; status != http.StatusOK {
			t.Errorf("with a slot: got %d", status)
		}
		if status, took := <-statuses, time.Since(start); status != http.StatusServiceUnavailable || took != drainTimeout {
			t.Errorf("without a slot: got %d after %v", status, took)
		}
		close(l.hold)
	})
}

// serveBody serves a body over a connection without a buffer. It returns the
// client's side of that, and the error with which the handler's write ended.
func serveBody(t *testing.T, body []byte) (net.Conn, <-chan error) {
	t.Helper()
	network := &pipes{accepted: make(chan net.Conn), closed: make(chan struct{}), dead: new(atomic.Bool)}
	ended := make(chan error, 1)
	s := newServer(dropStalled(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
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
		if err := <-ended; !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(start) != stallTimeout {
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
		if want := 1 + (w.Body.Len()-1)/chunkSize; w.Code != http.StatusOK || w.deadlines < want {
			t.Errorf("%s: %d with %d deadlines for %d bytes", path, w.Code, w.deadlines, w.Body.Len())
		}
	}
}
