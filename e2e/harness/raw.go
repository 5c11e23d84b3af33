package e2e

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// dial opens a connection to a process, that ends with the test.
func (p *process) dial(t *testing.T) *net.TCPConn {
	t.Helper()
	conn, err := (&net.Dialer{Timeout: 10 * time.Second}).DialContext(t.Context(), "tcp", strings.TrimPrefix(p.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn.(*net.TCPConn)
}

// A reply is an answer as it came.
type reply struct {
	status int
	header http.Header
	body   string
}

// send sends the text of a request, whatever it is, and reads the answer to it.
func (p *process) send(t *testing.T, text string) reply {
	t.Helper()
	conn := p.dial(t)
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	written := make(chan struct{})
	go func() {
		defer close(written)
		_, _ = io.WriteString(conn, text) // what is refused is not read to its end
	}()
	method, _, _ := strings.Cut(text, " ")
	resp, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	if err != nil {
		t.Fatalf("%.80q: %v", text, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil && resp.StatusCode < 400 {
		t.Errorf("%.80q: %v", text, err)
	}
	conn.Close()
	<-written
	return reply{resp.StatusCode, resp.Header, string(body)}
}

// use is what a process must give back.
type use struct{ goroutines, fds, resident float64 }

func (p *process) use(t *testing.T) use {
	t.Helper()
	s, err := p.scrape(t.Context(), 10*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	u := use{s.samples["go_goroutines"], s.samples["process_open_fds"], s.samples["process_resident_memory_bytes"]}
	if u.goroutines == 0 || u.fds == 0 || u.resident == 0 {
		t.Fatalf("the process does not say what it uses: %+v", u)
	}
	return u
}
