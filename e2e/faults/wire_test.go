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
	whole := envelope(row(today, 4, 531, 116))
	const (
		broke = "the connection to the API failed: "
		slow  = "no complete response within api.timeout: the API or the network path is slow"
	)
	short := http.Header{"Content-Length": {fmt.Sprint(len(whole) + 1)}}
	return map[string]fault{
		"a connection closed before the response":           {response: apitest.Reset(), reason: "network", text: broke},
		"a connection reset before the response":            {response: resetAfter(""), reason: "network", text: broke},
		"a connection closed in the middle of the body":     {response: apitest.ResetMidBody(whole), reason: "network", text: broke},
		"a connection reset in the middle of the body":      {response: resetAfter("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"), reason: "network", text: broke},
		"a body shorter than its Content-Length":            {response: apitest.Status(200, short, whole), reason: "network", text: broke},
		"a server that accepts and sends nothing":           {response: apitest.Hang(), reason: "timeout", text: slow},
		"a server that sends one byte every 100 ms":         {response: apitest.Drip(whole, 100*time.Millisecond), reason: "timeout", text: slow},
		"a server that sends the headers only":              {response: apitest.HeadersThenHang(), reason: "timeout", text: slow},
		"a server that is good, but later than api.timeout": {response: apitest.Slow(2*apiTimeout, nil), reason: "timeout", text: slow},
		"an error shorter than its Content-Length": {
			response: apitest.Status(500, http.Header{"Content-Length": {"9999999"}}, "broken"), reason: "server",
			text: "the API failed: wait, and check Cloudflare's status page if it persists (HTTP 500)",
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

// otherServers are servers that are not configured: on another port of the
// API's host, on another host, and without TLS.
type otherServers struct {
	port, host, plain string
	mu                sync.Mutex
	seen              []string
}

func newOtherServers(t *testing.T, serve func(http.Handler) *httptest.Server) *otherServers {
	t.Helper()
	e := &otherServers{}
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

// ServeHTTP records the request. The response is valid.
func (e *otherServers) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e.mu.Lock()
	e.seen = append(e.seen, r.Host+r.URL.Path+" with "+strings.Join(r.Header.Values("Authorization"), ", "))
	e.mu.Unlock()
	apitest.Body(envelope()).ServeHTTP(w, r)
}

func (e *otherServers) requests() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.seen
}

// redirectFaults are redirects, of which none may be followed.
func redirectFaults(e *otherServers) map[string]fault {
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
				response: h, reason: "redirect",
				text: fmt.Sprintf("redirects are not followed, because they would send the token elsewhere: check api.base_url (HTTP %d", status),
			}
		}
	}
	return faults
}
