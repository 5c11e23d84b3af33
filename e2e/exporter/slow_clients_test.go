package e2e

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
)

// Clients that never finish a request are let go after ten seconds; until then,
// and however many they are, a scrape is as quick as ever.
func TestClientsThatDawdleDoNotHoldTheServer(t *testing.T) {
	const each = 50
	a := newAccount(t)
	exporter := a.startExporter(t)
	before := exporter.use(t)
	began := time.Now()
	left := make(chan string)
	for range each {
		for kind, dawdle := range dawdlers() {
			conn := exporter.dial(t)
			go func() {
				go dawdle(conn)
				left <- kind + letGo(conn)
			}()
		}
	}

	ends, scrapes, slowest := map[string]int{}, 0, time.Duration(0)
	tick := time.NewTicker(250 * time.Millisecond)
	defer tick.Stop()
	for n := 0; n < each*len(dawdlers()); {
		select {
		case end := <-left:
			n++
			ends[end]++
		case <-tick.C:
			s, err := exporter.scrape(t.Context(), 5*time.Second)
			if err != nil {
				t.Fatal(err)
			}
			scrapes, slowest = scrapes+1, max(slowest, s.waiting)
		}
	}
	t.Logf("%v, all within %v; %d scrapes meanwhile, the slowest in %v", ends, time.Since(began), scrapes, slowest)
	for kind := range dawdlers() {
		if ends[kind] != each {
			t.Errorf("%s: %d of %d were let go in time", kind, ends[kind], each)
		}
	}
	if slowest > 2*time.Second {
		t.Errorf("a scrape took %v", slowest)
	}
	eventually(t, func() error {
		if now := exporter.use(t); now.goroutines > before.goroutines+4 || now.fds > before.fds+4 {
			return fmt.Errorf("from %+v to %+v", before, now)
		}
		return nil
	})
}

// dawdlers are what a client may do instead of sending a request.
func dawdlers() map[string]func(*net.TCPConn) {
	return map[string]func(*net.TCPConn){
		"says nothing": func(*net.TCPConn) {},
		"stops in the first line": func(c *net.TCPConn) {
			_, _ = io.WriteString(c, "GET /metr")
		},
		"stops in the header, and says that it is done": func(c *net.TCPConn) {
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

// letGo waits until the server has closed a connection; its result is empty when
// that was in time.
func letGo(conn net.Conn) string {
	_ = conn.SetReadDeadline(time.Now().Add(25 * time.Second))
	_, err := io.Copy(io.Discard, conn)
	if timeout := net.Error(nil); errors.As(err, &timeout) && timeout.Timeout() {
		return ", and is still there"
	}
	return ""
}

// Who has closed its side for writing, or is gone, is not waited for: it is told
// what is known, though it would have been given a minute.
func TestAHalfClosedClientIsAnsweredAtOnce(t *testing.T) {
	a := newAccount(t)
	a.api.Override(busy, apitest.Hang())
	exporter := a.startExporter(t)
	if _, err := exporter.scrape(t.Context(), time.Second); err != nil { // the others are known
		t.Fatal(err)
	}
	conn := exporter.dial(t)
	if _, err := io.WriteString(conn, "GET /metrics HTTP/1.1\r\nHost: x\r\nX-Prometheus-Scrape-Timeout-Seconds: 60\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if err := conn.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if err := conn.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(conn) // to the end, which is the server's to make
	if err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 200") || !strings.Contains(string(answer), `realtimekit_report_up{app="name of quiet-app",report="livestreams"} 1`) {
		t.Errorf("got %.300q, %v", answer, err)
	}
}

func TestAThousandIdleConnectionsLeaveRoomForAScrape(t *testing.T) {
	const idle = 1000
	a := newAccount(t)
	exporter := a.startExporter(t)
	before := exporter.use(t)
	conns := make([]*net.TCPConn, idle)
	buf := make([]byte, 1024)
	for i := range conns {
		conns[i] = exporter.dial(t)
		if _, err := io.WriteString(conns[i], "HEAD /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range conns {
		if n, err := c.Read(buf); err != nil || string(buf[:min(n, 12)]) != "HTTP/1.1 200" {
			t.Fatalf("got %q, %v", buf[:n], err)
		}
	}

	s, err := exporter.scrape(t.Context(), 5*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	for _, app := range a.apps {
		if err := s.complete("name of "+app, a.days(app)); err != nil {
			t.Error(err)
		}
	}
	during := exporter.use(t)
	if during.fds < idle {
		t.Errorf("only %v files are open: the connections are not idle, but gone", during.fds)
	}
	for _, c := range conns {
		c.Close()
	}
	var after use
	eventually(t, func() error {
		if after = exporter.use(t); after.goroutines > before.goroutines+4 || after.fds > before.fds+4 {
			return fmt.Errorf("from %+v to %+v", before, after)
		}
		return nil
	})
	t.Logf("a scrape beside %d idle connections took %v; before %+v, during %+v, after %+v", idle, s.waiting, before, during, after)
}
