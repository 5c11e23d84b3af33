package harness

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// Get returns the content type and body of a response, which must have status 200.
// An empty accept sends no Accept header.
func Get(ctx context.Context, url, accept string) (contentType string, body []byte, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", nil, err
	}
	if accept != "" {
		req.Header.Set("Accept", accept)
	}
	return Do(req)
}

// Do sends a request and returns the content type and body of the response, which
// must have status 200.
func Do(req *http.Request) (contentType string, body []byte, err error) {
	// A new client keeps no connection open, for which a stopping server would wait.
	client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	if err != nil {
		return "", nil, err
	}
	defer resp.Body.Close()
	body, err = io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = errors.New(req.URL.String() + ": " + resp.Status + ": " + string(body))
	}
	return resp.Header.Get("Content-Type"), body, err
}

// Dial opens a connection to the process that is closed with the test.
func (p *Process) Dial(t *testing.T) *net.TCPConn {
	t.Helper()
	conn, err := (&net.Dialer{Timeout: 10 * time.Second}).DialContext(t.Context(), "tcp", strings.TrimPrefix(p.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn.(*net.TCPConn)
}

// A Response is a response to [Process.Send].
type Response struct {
	Status int
	Header http.Header
	Body   string
}

// Send sends the text of a request, which may be invalid, and returns the response.
func (p *Process) Send(t *testing.T, text string) Response {
	t.Helper()
	conn := p.Dial(t)
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	written := make(chan struct{})
	go func() {
		defer close(written)
		_, _ = io.WriteString(conn, text) // a refused request is not read to its end
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
	return Response{resp.StatusCode, resp.Header, string(body)}
}

// Reload reloads the configuration by HTTP, and returns the status.
func (p *Process) Reload(t *testing.T) (status int) {
	t.Helper()
	return p.Send(t, "POST /-/reload HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n").Status
}
