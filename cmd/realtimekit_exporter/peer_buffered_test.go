package main

import (
	"bytes"
	"net"
	"sync"
)

// buffered is a listener whose connections write in the background, as those of
// a network do: a pipe would block a peer and a client that write to each other.
type buffered struct{ net.Listener }

func (b buffered) Accept() (net.Conn, error) {
	conn, err := b.Listener.Accept()
	if err != nil {
		return nil, err
	}
	c := &bufferedConn{Conn: conn, out: make(chan []byte, 1000), closed: make(chan struct{})}
	go c.write()
	return c, nil
}

type bufferedConn struct {
	net.Conn
	out    chan []byte
	closed chan struct{}
	once   sync.Once
}

func (c *bufferedConn) Write(b []byte) (int, error) {
	select {
	case c.out <- bytes.Clone(b):
		return len(b), nil
	case <-c.closed:
		return 0, net.ErrClosed
	}
}

func (c *bufferedConn) write() {
	for {
		select {
		case b := <-c.out:
			_, _ = c.Conn.Write(b)
		case <-c.closed:
			return
		}
	}
}

func (c *bufferedConn) Close() error {
	c.once.Do(func() { close(c.closed) })
	return c.Conn.Close()
}
