package apitest

import (
	"context"
	"io"
	"net"
	"net/http"
)

// Client returns a client whose requests, to any host, go to this API within the
// process: to an [http.Server] at the other end of a [net.Pipe]. Each request has a
// connection of its own, without sockets or TLS, so that it also works inside a
// testing/synctest bubble. Like any [http.Client] it follows redirects by default,
// which lead to this API again.
func (a *API) Client() *http.Client {
	dial := func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		go func() { _ = (&http.Server{Handler: a}).Serve(&listener{conn: server}) }()
		return client, nil
	}
	return &http.Client{Transport: &http.Transport{
		DialContext:       dial,
		DialTLSContext:    dial,
		DisableKeepAlives: true,
	}}
}

// A listener accepts one connection.
type listener struct {
	conn     net.Conn
	accepted bool
}

// Accept implements [net.Listener].
func (l *listener) Accept() (net.Conn, error) {
	if l.accepted {
		return nil, io.EOF
	}
	l.accepted = true
	return l.conn, nil
}

// Close implements [net.Listener]. The connection ends with its request.
func (l *listener) Close() error { return nil }

// Addr implements [net.Listener].
func (l *listener) Addr() net.Addr { return l.conn.LocalAddr() }
