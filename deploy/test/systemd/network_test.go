package systemd

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/realtimekit-exporter/realtimekit_exporter/deploy/test/internal/program"
)

// inside calls f on a thread that is in the machine's network: what it opens is too.
func (m *machine) inside(f func() error) error {
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with this
		ns, err := os.Open(fmt.Sprintf("/proc/%d/ns/net", m.pid))
		if err == nil {
			defer ns.Close()
			err = unix.Setns(int(ns.Fd()), unix.CLONE_NEWNET)
		}
		if err == nil {
			err = f()
		}
		done <- err
	}()
	return <-done
}

// serve serves on the machine's loopback address.
func (m *machine) serve(t *testing.T, address string, h http.Handler) {
	t.Helper()
	server := httptest.NewUnstartedServer(h)
	server.Listener.Close()
	err := m.inside(func() (err error) {
		server.Listener, err = (&net.ListenConfig{}).Listen(t.Context(), "tcp", address)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	server.Start()
	t.Cleanup(server.Close)
}

// client returns a client on the machine.
func (m *machine) client() *http.Client {
	dial := func(ctx context.Context, network, address string) (conn net.Conn, err error) {
		err = m.inside(func() error {
			conn, err = (&net.Dialer{}).DialContext(ctx, network, address)
			return err
		})
		return conn, err
	}
	return &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}}
}

// awaitSample waits until a scrape has a line that begins so.
func (m *machine) awaitSample(t *testing.T, start string) {
	t.Helper()
	program.Eventually(t, func() error {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://127.0.0.1:11780/metrics", nil)
		if err != nil {
			return err
		}
		resp, err := m.client().Do(req)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err == nil && !strings.Contains(string(body), "\n"+start) {
			err = fmt.Errorf("no %q in\n%s", start, body)
		}
		return err
	})
}
