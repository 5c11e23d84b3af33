package faults

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
)

func wireFaults() map[string]fault {
	whole := answer(row(today, 4, 531, 116))
	const (
		broke = "no connection to the API, or it broke: "
		slow  = "no complete answer within api.timeout: the API or the way to it is slow"
	)
	short := http.Header{"Content-Length": {fmt.Sprint(len(whole) + 1)}}
	return map[string]fault{
		"a connection closed before the answer":             {answer: apitest.Reset(), reason: "network", says: broke},
		"a connection reset before the answer":              {answer: resetAfter(""), reason: "network", says: broke},
		"a connection closed in the middle of the body":     {answer: apitest.ResetMidBody(whole), reason: "network", says: broke},
		"a connection reset in the middle of the body":      {answer: resetAfter("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"), reason: "network", says: broke},
		"a body shorter than its Content-Length":            {answer: apitest.Status(200, short, whole), reason: "network", says: broke},
		"a server that accepts and says nothing":            {answer: apitest.Hang(), reason: "timeout", says: slow},
		"a server that sends one byte every 100 ms":         {answer: apitest.Drip(whole, 100*time.Millisecond), reason: "timeout", says: slow},
		"a server that sends the headers only":              {answer: apitest.HeadersThenHang(), reason: "timeout", says: slow},
		"a server that is good, but later than api.timeout": {answer: apitest.Slow(2*apiTimeout, nil), reason: "timeout", says: slow},
		"an error shorter than its Content-Length": {
			answer: apitest.Status(500, http.Header{"Content-Length": {"9999999"}}, "broken"), reason: "server",
			says: `the API failed: nothing to do but wait, unless it lasts (HTTP 500: \"broken\")`,
		},
	}
}

// resetAfter sends this and then a RST, which is not the end of a connection
// but its refusal. HTTP/2 has it for streams.
func resetAfter(sent string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		defer conn.Close()
		_, _ = conn.Write([]byte(sent))
		if c, ok := conn.(*tls.Conn); ok {
			conn = c.NetConn()
		}
		if c, ok := conn.(*net.TCPConn); ok {
			_ = c.SetLinger(0)
		}
	})
}

// elsewhere are servers that nobody has configured: on another port of the
// API's host, on another host, and without TLS.
type elsewhere struct {
	port, host, plain string
	mu                sync.Mutex
	seen              []string
}

func newElsewhere(t *testing.T, serve func(http.Handler) *httptest.Server) *elsewhere {
	t.Helper()
	e := &elsewhere{}
	port, plain, host := serve(e), httptest.NewServer(e), httptest.NewUnstartedServer(e)
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.2:0")
	if err != nil {
		t.Fatal(err)
	}
	host.Listener.Close()
	host.Listener = l
	host.Start()
	for _, server := range []*httptest.Server{port, plain, host} {
		t.Cleanup(server.Close)
	}
	e.port, e.plain, e.host = port.URL, plain.URL, host.URL
	return e
}

// ServeHTTP notes the visit. The answer would do no harm.
func (e *elsewhere) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e.mu.Lock()
	e.seen = append(e.seen, r.Host+r.URL.Path+" with "+strings.Join(r.Header.Values("Authorization"), ", "))
	e.mu.Unlock()
	apitest.Body(answer()).ServeHTTP(w, r)
}

func (e *elsewhere) visits() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.seen
}

// redirectFaults are redirects, of which none may be followed.
func redirectFaults(e *elsewhere) map[string]fault {
	faults := map[string]fault{}
	for _, status := range []int{301, 302, 307, 308} {
		for target, h := range map[string]http.Handler{
			"another port of the same host": apitest.Redirect(status, e.port+"/port"),
			"another host":                  apitest.Redirect(status, e.host+"/host"),
			"plain HTTP":                    apitest.Redirect(status, e.plain+"/plain"),
			"itself": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, r.URL.RequestURI(), status)
			}),
		} {
			faults[fmt.Sprintf("a %d to %s", status, target)] = fault{
				answer: h, reason: "redirect",
				says: fmt.Sprintf("the API redirects, which is not followed, as the token would go along: check api.base_url (HTTP %d", status),
			}
		}
	}
	return faults
}
