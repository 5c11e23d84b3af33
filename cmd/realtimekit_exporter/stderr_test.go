package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"golang.org/x/net/http2"
)

// serveWithStderr runs the program with this stderr, which is closed in the process of
// the test, and returns once the program serves.
func serveWithStderr(t *testing.T, stderr *os.File, args ...string) *process {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	p := &process{url: "http://" + address, ended: make(chan struct{})}
	p.cmd = exec.CommandContext(t.Context(), program, append(args, "--web.listen-address="+address, "--web.enable-lifecycle", "--log.level=debug")...)
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

// servesAndStops checks that everything that logs works.
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

func TestStderr_Closed(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	p := serveWithStderr(t, w, "--demo")
	if !poll(func() bool {
		r := (&client{url: p.url}).do(http.MethodGet, []string{"/metrics"})
		return r.err == nil && !hasLine(r.body, "realtimekit_exporter_log_messages_dropped_total 0")
	}) {
		t.Error("the messages are not counted as dropped")
	}
	servesAndStops(t, p)
}

func TestStderr_NotRead(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	fill(t, w)
	servesAndStops(t, serveWithStderr(t, w, "--demo"))
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

// A peer that violates HTTP/2 makes net/http log to the standard logger.
func TestStderr_HasTheFormatOfTheLog(t *testing.T) {
	api := newPeer(t, loopback(t), h2, 0, wireFault{
		connect: func(w *wire) { _ = w.WriteGoAway(0, http2.ErrCodeProtocol, nil) },
		respond: func(*wire) bool { return true },
	})
	t.Cleanup(api.close)
	file := filepath.Join(t.TempDir(), "config.yml")
	text := fmt.Sprintf("api: {base_url: https://%s, tls_config: {ca: %q}}\naccounts: [{account_id: a, api_token: b, apps: [{app_id: c}]}]\n", api.listener.Addr(), api.ca)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	p := serveWithStderr(t, w, "--config.file="+file, "--log.format=json")
	if r := (&client{url: p.url}).do(http.MethodGet, []string{"/metrics"}); !hasLine(r.body, `realtimekit_report_failures_total{app="c",reason="network",report="livestreams"} 1`) {
		t.Errorf("the request did not fail: %v", r.err)
	}
	if err := errors.Join(p.cmd.Process.Signal(syscall.SIGTERM), p.end()); err != nil {
		t.Error(err)
	}
	messages := json.NewDecoder(r)
	for {
		var message struct{ Msg string }
		if err := messages.Decode(&message); errors.Is(err, io.EOF) {
			break
		} else if err != nil || message.Msg == "" {
			t.Fatalf("got %+v, %v; want JSON", message, err)
		}
	}
}
