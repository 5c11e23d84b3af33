package main

import (
	"bytes"
	"crypto/tls"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/realtimekit-exporter/realtimekit_exporter/cmd/realtimekit_exporter/internal/logging"
	"github.com/realtimekit-exporter/realtimekit_exporter/cmd/realtimekit_exporter/internal/scrape"
)

// A deadline ends a response over HTTP/2, but not a connection that nothing can be
// written to.
func TestDropStalled_HTTP2ConnectionIsClosed(t *testing.T) {
	certified := httptest.NewTLSServer(nil)
	certified.Close()
	synctest.Test(t, func(t *testing.T) {
		network := &pipes{accepted: make(chan net.Conn), closed: make(chan struct{}), dead: new(atomic.Bool)}
		s := newServer(scrape.DropStalled(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write(make([]byte, 1<<20))
		})), logging.NewErrorLog(slog.New(slog.DiscardHandler), nil))
		s.TLSConfig = &tls.Config{Certificates: certified.TLS.Certificates}
		ended := make(chan struct{})
		s.ConnState = func(_ net.Conn, state http.ConnState) {
			if state == http.StateClosed {
				close(ended)
			}
		}
		go func() { _ = s.ServeTLS(network, "", "") }()
		defer s.Close()

		pipe, err := network.dial(t.Context(), "", "")
		if err != nil {
			t.Fatal(err)
		}
		defer pipe.Close()
		conn := tls.Client(pipe, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2"}}) //nolint:gosec // only its stalling counts
		if err := conn.HandshakeContext(t.Context()); err != nil {
			t.Fatal(err)
		}
		var header, frames bytes.Buffer
		enc := hpack.NewEncoder(&header)
		for _, f := range []hpack.HeaderField{{Name: ":method", Value: "GET"}, {Name: ":scheme", Value: "https"}, {Name: ":authority", Value: "x"}, {Name: ":path", Value: "/"}} {
			if err := enc.WriteField(f); err != nil {
				t.Fatal(err)
			}
		}
		framer := http2.NewFramer(&frames, nil)
		frames.WriteString(http2.ClientPreface)
		_ = framer.WriteSettings()
		_ = framer.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: header.Bytes(), EndStream: true, EndHeaders: true})
		go func() { _, _ = io.Copy(conn, &frames) }()

		select {
		case <-ended:
		case <-time.After(10 * time.Minute):
			t.Error("the connection is open after 10 minutes")
		}
	})
}
