package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/pem"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"

	promconfig "github.com/prometheus/common/config"
	"golang.org/x/net/http2"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
	"github.com/realtimekit-exporter/realtimekit_exporter/cmd/realtimekit_exporter/internal/config"
	"github.com/realtimekit-exporter/realtimekit_exporter/cmd/realtimekit_exporter/internal/transport"
)

const (
	http1 = "http/1.1"
	h2    = http2.NextProtoTLS
	empty = `{"data":[],"success":true}`
)

// A peer is a TLS server that counts the connections and requests that it gets.
// Of its first good requests each gets a response, of later ones a fault.
type peer struct {
	proto       string
	good        int64
	fault       wireFault
	listener    net.Listener
	tls         *tls.Config
	ca          string // PEM
	connections atomic.Int64
	requests    atomic.Int64
	running     sync.WaitGroup

	mu      sync.Mutex
	clients []net.Conn // the client's side
}

func newPeer(t *testing.T, listener net.Listener, proto string, good int64, fault wireFault) *peer {
	t.Helper()
	server := httptest.NewTLSServer(nil) // for its certificate
	server.Close()
	p := &peer{
		proto: proto, good: good, fault: fault, listener: listener,
		tls: &tls.Config{Certificates: server.TLS.Certificates, NextProtos: []string{proto}},
		ca:  string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})),
	}
	p.running.Go(p.accept)
	return p
}

func loopback(t *testing.T) net.Listener {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// client returns a client with the exporter's own transport.
func (p *peer) client(t *testing.T, dial func(ctx context.Context, network, address string) (net.Conn, error)) *api.Client {
	t.Helper()
	c := config.Default()
	c.API.TLS = promconfig.TLSConfig{CA: p.ca}
	rt, err := transport.New(&c)
	if err != nil {
		t.Fatal(err)
	}
	rt.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		p.mu.Lock()
		defer p.mu.Unlock()
		if err == nil {
			p.clients = append(p.clients, conn)
		}
		return conn, err
	}
	return api.New("https://"+p.listener.Addr().String(), rt)
}

// close closes the client's connections, and returns when all that was sent on
// them has been counted.
func (p *peer) close() {
	p.mu.Lock()
	for _, conn := range p.clients {
		_ = conn.Close()
	}
	p.mu.Unlock()
	p.wait()
}

// wait returns when the client has closed its connections.
func (p *peer) wait() {
	_ = p.listener.Close()
	p.running.Wait()
}

func (p *peer) accept() {
	for {
		conn, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.running.Go(func() {
			defer conn.Close()
			c := tls.Server(conn, p.tls)
			if err := c.Handshake(); err != nil { //nolint:noctx // ends with the connection
				return
			}
			p.connections.Add(1)
			if p.proto == h2 {
				p.serveHTTP2(c)
			} else {
				p.serveHTTP1(c)
			}
		})
	}
}

func (p *peer) serveHTTP1(c *tls.Conn) {
	in := bufio.NewReader(c)
	for {
		if _, err := http.ReadRequest(in); err != nil {
			return
		}
		w := &wire{Conn: c}
		if p.requests.Add(1) <= p.good {
			w.response(200, empty)
		} else if !p.fault.respond(w) {
			return
		}
	}
}

func (p *peer) serveHTTP2(c *tls.Conn) {
	if _, err := io.ReadFull(c, make([]byte, len(http2.ClientPreface))); err != nil {
		return
	}
	w := &wire{Conn: c, Framer: http2.NewFramer(c, c)}
	if p.fault.connect != nil {
		p.fault.connect(w)
	} else {
		_ = w.WriteSettings()
	}
	for {
		frame, err := w.ReadFrame()
		if err != nil {
			return
		}
		switch f := frame.(type) {
		case *http2.SettingsFrame:
			if !f.IsAck() {
				w.locked(func() { _ = w.WriteSettingsAck() })
			}
		case *http2.PingFrame:
			if !f.IsAck() {
				w.locked(func() { _ = w.WritePing(true, f.Data) })
			}
		case *http2.HeadersFrame:
			w.stream = f.StreamID
			if p.requests.Add(1) <= p.good {
				w.response(200, empty)
			} else if !p.fault.respond(w) {
				return
			}
		}
	}
}
