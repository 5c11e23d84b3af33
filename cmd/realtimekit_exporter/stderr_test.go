package main

import (
	"errors"
	"net"
	"net/http"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"
)

// serveWithStderr runs the program with that stderr, which the caller's process
// then has no more, and returns it once it serves.
func serveWithStderr(t *testing.T, stderr *os.File) *process {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	p := &process{url: "http://" + address, ended: make(chan struct{})}
	p.cmd = exec.CommandContext(t.Context(), program, "--demo", "--web.listen-address="+address, "--web.enable-lifecycle", "--log.level=debug")
	p.cmd.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=0")
	p.cmd.Stderr = stderr
	if err := errors.Join(p.cmd.Start(), stderr.Close()); err != nil {
		t.Fatal(err)
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.ended)
	}()
	c := &client{url: p.url}
	if !poll(func() bool { return c.do(http.MethodGet, []string{"/-/ready"}).status == http.StatusOK || p.hasEnded() }) || p.hasEnded() {
		t.Fatalf("it does not serve: %v", p.err)
	}
	return p
}

// servesAndStops checks that everything works which logs.
func servesAndStops(t *testing.T, p *process) {
	t.Helper()
	c := &client{url: p.url}
	for range 3 {
		if r := c.do(http.MethodGet, []string{"/metrics"}); r.status != http.StatusOK || !hasLine(r.body, `realtimekit_report_up{app="demo-main-stage",report="livestreams"} 1`) {
			t.Errorf("scrape: got %d, %v", r.status, r.err)
		}
		if r := c.do(http.MethodPost, []string{"/-/reload"}); r.status != http.StatusOK {
			t.Errorf("reload: got %d, %v", r.status, r.err)
		}
	}
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := p.end(); err != nil {
		t.Error(err)
	}
}

func TestStderr_ReaderGone(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	p := serveWithStderr(t, w)
	if !poll(func() bool {
		r := (&client{url: p.url}).do(http.MethodGet, []string{"/metrics"})
		return r.err == nil && !hasLine(r.body, "realtimekit_exporter_log_messages_dropped_total 0")
	}) {
		t.Error("the messages are not counted as dropped")
	}
	servesAndStops(t, p)
}

func TestStderr_NobodyReads(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	fill(t, w)
	servesAndStops(t, serveWithStderr(t, w))
}

// fill fills a pipe.
func fill(t *testing.T, w *os.File) {
	t.Helper()
	for size := 64 << 10; size > 0; {
		if err := w.SetWriteDeadline(time.Now().Add(10 * time.Millisecond)); err != nil {
			t.Fatal(err)
		}
		_, err := w.Write(make([]byte, size))
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			size /= 2
		case err != nil:
			t.Fatal(err)
		}
	}
}
