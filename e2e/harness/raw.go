package harness

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// Dial opens a connection to a process, that ends with the test.
func (p *Process) Dial(t *testing.T) *net.TCPConn {
	t.Helper()
	conn, err := (&net.Dialer{Timeout: 10 * time.Second}).DialContext(t.Context(), "tcp", strings.TrimPrefix(p.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn.(*net.TCPConn)
}

// A reply is an answer as it came.
type reply struct {
	Status int
	Header http.Header
	Body   string
}

// Send sends the text of a request, whatever it is, and reads the answer to it.
func (p *Process) Send(t *testing.T, text string) reply {
	t.Helper()
	conn := p.Dial(t)
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

// Usage is what a process must give back.
type Usage struct{ Goroutines, FDs, Resident float64 }

func (p *Process) Usage(t *testing.T) Usage {
	t.Helper()
	s, err := p.Scrape(t.Context(), 10*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	u := Usage{s.Samples["go_goroutines"], s.Samples["process_open_fds"], s.Samples["process_resident_memory_bytes"]}
	if u.Goroutines == 0 || u.FDs == 0 || u.Resident == 0 {
		t.Fatalf("the process does not say what it uses: %+v", u)
	}
	return u
}

// Reload reloads by HTTP, and returns the status.
func (p *Process) Reload(t *testing.T) (status int) {
	t.Helper()
	return p.Send(t, "POST /-/reload HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n").Status
}
