package kubernetes

import (
	"fmt"
	"net"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"time"
)

// block opens connections that request the metrics and do not read the response. It
// returns once each has got a status line, and closes them.
func block(t *testing.T, address string, clients int) {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	// A small window, from the first packet on, so that the response does not fit the kernel's buffers.
	dialer := net.Dialer{Control: func(_, _ string, c syscall.RawConn) error {
		return c.Control(func(fd uintptr) {
			_ = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, 2048)
		})
	}}
	var conns []net.Conn
	for i := range clients {
		conn, err := dialer.DialContext(t.Context(), "tcp", u.Host)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		conns = append(conns, conn)
		encoding := []string{"gzip", "identity"}[i%2]
		request := fmt.Sprintf("GET %s HTTP/1.1\r\nHost: x\r\nAccept-Encoding: %s\r\nX-Prometheus-Scrape-Timeout-Seconds: 5\r\n\r\n", u.Path, encoding)
		if _, err := conn.Write([]byte(request)); err != nil {
			t.Fatal(err)
		}
	}
	statuses := map[string]int{}
	for _, conn := range conns {
		_ = conn.SetReadDeadline(time.Now().Add(30 * time.Second))
		first := make([]byte, len("HTTP/1.1 200"))
		n, err := conn.Read(first)
		if err != nil {
			t.Errorf("no response: %v", err)
		}
		statuses[strings.TrimPrefix(string(first[:n]), "HTTP/1.1 ")]++
	}
	t.Logf("statuses of the blocked clients: %v", statuses)
}
