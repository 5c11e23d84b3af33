package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
	"github.com/realtimekit-exporter/realtimekit_exporter/cmd/realtimekit_exporter/internal/config"
	"github.com/realtimekit-exporter/realtimekit_exporter/cmd/realtimekit_exporter/internal/transport"
)

// pipes are a network in memory, for tests on a fake clock.
type pipes struct {
	accepted chan net.Conn
	closed   chan struct{}
	close    sync.Once

	mu   sync.Mutex
	dead *atomic.Bool // of new connections
}

// kill silences the connections that exist now.
func (p *pipes) kill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.dead.Store(true)
	p.dead = new(atomic.Bool)
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.accepted:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.close.Do(func() { close(p.closed) })
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 443} }

func (p *pipes) dial(context.Context, string, string) (net.Conn, error) {
	client, server := net.Pipe()
	p.accepted <- server
	p.mu.Lock()
	defer p.mu.Unlock()
	return &silenceable{Conn: client, dead: p.dead}, nil
}

// A silenceable connection can stop without being closed: writes are lost, and reads
// block.
type silenceable struct {
	net.Conn
	dead *atomic.Bool
}

func (m *silenceable) Write(b []byte) (int, error) {
	if m.dead.Load() {
		return len(b), nil
	}
	return m.Conn.Write(b)
}

func (m *silenceable) Read(b []byte) (int, error) {
	for {
		if n, err := m.Conn.Read(b); err != nil || !m.dead.Load() {
			return n, err
		}
	}
}

func TestTransport_SilentConnectionIsReplaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim := apitest.Demo(time.Now)
		network := &pipes{accepted: make(chan net.Conn), closed: make(chan struct{}), dead: new(atomic.Bool)}
		server := httptest.NewUnstartedServer(sim)
		_ = server.Listener.Close()
		server.Listener, server.EnableHTTP2 = network, true
		server.StartTLS()
		defer server.Close()

		c := config.Default()
		rt, err := transport.New(&c)
		if err != nil {
			t.Fatal(err)
		}
		defer rt.CloseIdleConnections()
		rt.Proxy, rt.DialContext = nil, network.dial
		roots := x509.NewCertPool()
		roots.AddCert(server.Certificate())
		rt.TLSClientConfig = &tls.Config{RootCAs: roots, Time: func() time.Time { return server.Certificate().NotBefore.Add(time.Hour) }}

		client := api.New("https://example.com/client/v4", rt)
		app := api.App{AccountID: apitest.DemoAccountID, ID: apitest.DemoAppIDs()[0], Token: apitest.DemoToken}
		fetch := func() error {
			ctx, cancel := context.WithTimeout(t.Context(), c.API.Timeout)
			defer cancel()
			_, err := client.LivestreamDays(ctx, app, func() api.Window { return api.LastDays(5, time.Now()) })
			return err
		}
		if err := fetch(); err != nil {
			t.Fatal(err)
		}
		network.kill()
		if err := fetch(); err == nil {
			t.Error("a request over a silent connection succeeded")
		}
		if err := fetch(); err != nil {
			t.Errorf("repeated on a new connection: %v", err)
		}
		if n := len(sim.Requests()); n != 2 {
			t.Errorf("the API saw %d requests, want 2", n)
		}
	})
}
