package exporter

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness"
)

// Clients that never finish a request are disconnected after ten seconds. Until then
// they do not slow down scrapes.
func TestSlowClients_AreDisconnected(t *testing.T) {
	const each = 50
	a := harness.NewAccount(t)
	exporter := a.StartExporter(t)
	before := exporter.Usage(t)
	began := time.Now()
	left := make(chan string)
	for range each {
		for kind, send := range slowClients() {
			conn := exporter.Dial(t)
			go func() {
				go send(conn)
				left <- kind + awaitClose(conn)
			}()
		}
	}

	ends, scrapes, slowest := map[string]int{}, 0, time.Duration(0)
	tick := time.NewTicker(250 * time.Millisecond)
	defer tick.Stop()
	for n := 0; n < each*len(slowClients()); {
		select {
		case end := <-left:
			n++
			ends[end]++
		case <-tick.C:
			s, err := exporter.Scrape(t.Context(), 5*time.Second)
			if err != nil {
				t.Fatal(err)
			}
			scrapes, slowest = scrapes+1, max(slowest, s.Took)
		}
	}
	t.Logf("%v, all within %v; %d scrapes meanwhile, the slowest in %v", ends, time.Since(began), scrapes, slowest)
	for kind := range slowClients() {
		if ends[kind] != each {
			t.Errorf("%s: %d of %d were let go in time", kind, ends[kind], each)
		}
	}
	if slowest > 2*time.Second {
		t.Errorf("a scrape took %v", slowest)
	}
	harness.Eventually(t, func() error {
		if now := exporter.Usage(t); now.Goroutines > before.Goroutines+4 || now.FDs > before.FDs+4 {
			return fmt.Errorf("from %+v to %+v", before, now)
		}
		return nil
	})
}

// slowClients are what a client may do instead of sending a request.
func slowClients() map[string]func(*net.TCPConn) {
	return map[string]func(*net.TCPConn){
		"sends nothing": func(*net.TCPConn) {},
		"stops in the first line": func(c *net.TCPConn) {
			_, _ = io.WriteString(c, "GET /metr")
		},
		"stops in the header, and closes its side": func(c *net.TCPConn) {
			_, _ = io.WriteString(c, "GET /metrics HTTP/1.1\r\nHost: x\r\n")
			_ = c.CloseWrite()
		},
		"sends a byte a second": func(c *net.TCPConn) {
			_, err := io.WriteString(c, "GET /metrics HTTP/1.1\r\nHost: x\r\nX-Slow: ")
			tick := time.NewTicker(time.Second)
			defer tick.Stop()
			for ; err == nil; <-tick.C {
				_, err = io.WriteString(c, "x")
			}
		},
	}
}

// awaitClose waits until the server has closed a connection; its result is empty when
// that was in time.
func awaitClose(conn net.Conn) string {
	_ = conn.SetReadDeadline(time.Now().Add(25 * time.Second))
	_, err := io.Copy(io.Discard, conn)
	if timeout := net.Error(nil); errors.As(err, &timeout) && timeout.Timeout() {
		return ", and is still there"
	}
	return ""
}

// A client that has closed its side for writing, or is gone, is not waited for: it gets
// what is known, though it would have been given a minute.
func TestSlowClients_HalfClosedClientGetsResponse(t *testing.T) {
	a := harness.NewAccount(t)
	a.API.Override(harness.Busy, apitest.Hang())
	exporter := a.StartExporter(t)
	if _, err := exporter.Scrape(t.Context(), time.Second); err != nil { // the others are known
		t.Fatal(err)
	}
	conn := exporter.Dial(t)
	if _, err := io.WriteString(conn, "GET /metrics HTTP/1.1\r\nHost: x\r\nX-Prometheus-Scrape-Timeout-Seconds: 60\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if err := conn.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if err := conn.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	response, err := io.ReadAll(conn) // until the server closes the connection
	if err != nil || !strings.HasPrefix(string(response), "HTTP/1.1 200") || !strings.Contains(string(response), `realtimekit_report_up{app="name of quiet-app",report="livestreams"} 1`) {
		t.Errorf("got %.300q, %v", response, err)
	}
}

func TestSlowClients_ThousandIdleConnections(t *testing.T) {
	const idle = 1000
	a := harness.NewAccount(t)
	exporter := a.StartExporter(t)
	before := exporter.Usage(t)
	conns := make([]*net.TCPConn, idle)
	buf := make([]byte, 1024)
	for i := range conns {
		conns[i] = exporter.Dial(t)
		if _, err := io.WriteString(conns[i], "HEAD /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range conns {
		if n, err := c.Read(buf); err != nil || string(buf[:min(n, 12)]) != "HTTP/1.1 200" {
			t.Fatalf("got %q, %v", buf[:n], err)
		}
	}

	s, err := exporter.Scrape(t.Context(), 5*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	for _, app := range a.Apps {
		if err := s.Complete("name of "+app, a.Days(app)); err != nil {
			t.Error(err)
		}
	}
	during := exporter.Usage(t)
	if during.FDs < idle {
		t.Errorf("only %v files are open: the connections are not idle, but gone", during.FDs)
	}
	for _, c := range conns {
		c.Close()
	}
	var after harness.Usage
	harness.Eventually(t, func() error {
		if after = exporter.Usage(t); after.Goroutines > before.Goroutines+4 || after.FDs > before.FDs+4 {
			return fmt.Errorf("from %+v to %+v", before, after)
		}
		return nil
	})
	t.Logf("a scrape during %d idle connections took %v; before %+v, during %+v, after %+v", idle, s.Took, before, during, after)
}
