package main

import (
	"bytes"
	"crypto/tls"
	"io"
	"net"
	"strconv"
	"sync"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// A wireFault is what a peer does on the level of the connection.
type wireFault struct {
	connect func(*wire)             // on a new HTTP/2 connection
	respond func(*wire) (open bool) // to a request; false closes the connection
}

// A wire is a connection to a client. Framer is nil for HTTP/1.1.
type wire struct {
	net.Conn
	*http2.Framer
	stream uint32 // of the last request
	mu     sync.Mutex
}

// locked calls f while no other goroutine writes a frame.
func (w *wire) locked(f func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f()
}

// text writes bytes, over HTTP/1.1.
func (w *wire) text(s string) { _, _ = io.WriteString(w.Conn, s) }

// response writes a complete response.
func (w *wire) response(status int, body string) {
	if w.Framer == nil {
		w.text("HTTP/1.1 " + strconv.Itoa(status) + " X\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body)
		return
	}
	w.header(status)
	_ = w.WriteData(w.stream, true, []byte(body))
}

// header writes a header without the end of the response.
func (w *wire) header(status int) {
	if w.Framer == nil {
		w.text("HTTP/1.1 " + strconv.Itoa(status) + " X\r\n\r\n")
		return
	}
	var block bytes.Buffer
	_ = hpack.NewEncoder(&block).WriteField(hpack.HeaderField{Name: ":status", Value: strconv.Itoa(status)})
	w.locked(func() {
		_ = w.WriteHeaders(http2.HeadersFrameParam{StreamID: w.stream, BlockFragment: block.Bytes(), EndHeaders: true})
	})
}

// reset closes the TCP connection by a RST.
func (w *wire) reset() {
	conn := w.Conn.(*tls.Conn).NetConn()
	_ = conn.(*net.TCPConn).SetLinger(0)
	_ = conn.Close()
}
