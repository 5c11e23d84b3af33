package api

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptrace"
	"sync/atomic"
)

// maxConnections limits the connections that are tried for one request. net/http
// tries the next one if an HTTP/2 connection has no free stream, or is closed,
// before the request is sent.
const maxConnections = 10

var (
	errSentOnce    = errors.New("the peer refused the request or closed the connection before a response, and the request is not sent again")
	errConnections = fmt.Errorf("none of %d connections accepted the request", maxConnections)
)

// once returns a context for one request that cancels it before net/http sends
// it again. net/http does so, until the context ends, if an HTTP/2 peer claims
// that it did not process the request. The API may have counted it anyway.
//
// HTTP/2 checks the context after it has a connection and before it writes.
// HTTP/1.1 does not, so the transport must not keep its connections: net/http does
// not repeat a request that failed on a new connection.
func once(ctx context.Context, cancel context.CancelCauseFunc) context.Context {
	var sent atomic.Bool
	var connections atomic.Int32
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) {
			if connections.Add(1) > maxConnections {
				cancel(errConnections)
			}
		},
		GotConn: func(httptrace.GotConnInfo) {
			if sent.Load() {
				cancel(errSentOnce)
			}
		},
		WroteHeaders: func() { sent.Store(true) },
	})
}
