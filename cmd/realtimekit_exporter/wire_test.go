package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/http2"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
	"github.com/realtimekit-exporter/realtimekit_exporter/cmd/realtimekit_exporter/internal/config"
)

// fetch sends a request with the default api.timeout.
func fetch(t *testing.T, client *api.Client) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), config.Default().API.Timeout)
	defer cancel()
	app := api.App{AccountID: apitest.DemoAccountID, ID: apitest.DemoAppIDs()[0], Token: apitest.DemoToken}
	_, err := client.LivestreamDays(ctx, app, func() api.Window { return api.LastDays(5, time.Now()) })
	return err
}

// outcome returns reason and status of an error.
func outcome(err error) (api.Reason, int) {
	if e := (*api.Error)(nil); errors.As(err, &e) {
		return e.Reason, e.Status
	}
	return "", 0
}

// interruptions end a request before its response.
func interruptions() map[string]map[string]wireFault {
	resetStream := func(code http2.ErrCode) wireFault {
		return wireFault{respond: func(w *wire) bool { return w.WriteRSTStream(w.stream, code) == nil }}
	}
	goAway := func(code http2.ErrCode, open bool) wireFault {
		return wireFault{respond: func(w *wire) bool { return w.WriteGoAway(0, code, nil) == nil && open }}
	}
	silent := func(*wire) bool { return true }
	text := func(s string) wireFault { return wireFault{respond: func(w *wire) bool { w.text(s); return false }} }
	closed := wireFault{respond: func(*wire) bool { return false }}
	reset := wireFault{respond: func(w *wire) bool { w.reset(); return false }}
	return map[string]map[string]wireFault{
		http1: {
			"close":                           closed,
			"reset":                           reset,
			"408 as for an idle connection":   text("HTTP/1.1 408 Request Timeout\r\n"),
			"not HTTP":                        text("SSH-2.0-x\r\n\r\n"),
			"close within the header":         text("HTTP/1.1 200 OK\r\nContent-"),
			"close within the body":           text("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"),
			"close after 100 Continue":        text("HTTP/1.1 100 Continue\r\n\r\n"),
			"endless informational responses": text(strings.Repeat("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", 10_000)),
		},
		h2: {
			"close":                           closed,
			"reset":                           reset,
			"RST_STREAM(NO_ERROR)":            resetStream(http2.ErrCodeNo),
			"RST_STREAM(PROTOCOL_ERROR)":      resetStream(http2.ErrCodeProtocol),
			"RST_STREAM(INTERNAL_ERROR)":      resetStream(http2.ErrCodeInternal),
			"RST_STREAM(REFUSED_STREAM)":      resetStream(http2.ErrCodeRefusedStream),
			"RST_STREAM(CANCEL)":              resetStream(http2.ErrCodeCancel),
			"RST_STREAM(ENHANCE_YOUR_CALM)":   resetStream(http2.ErrCodeEnhanceYourCalm),
			"RST_STREAM(HTTP_1_1_REQUIRED)":   resetStream(http2.ErrCodeHTTP11Required),
			"GOAWAY(last stream 0)":           goAway(http2.ErrCodeNo, true),
			"GOAWAY(last stream 0) and close": goAway(http2.ErrCodeNo, false),
			"GOAWAY(PROTOCOL_ERROR)":          goAway(http2.ErrCodeProtocol, true),
			"GOAWAY(ENHANCE_YOUR_CALM)":       goAway(http2.ErrCodeEnhanceYourCalm, false),
			"endless informational responses": {respond: func(w *wire) bool {
				for range 10_000 {
					w.header(103)
				}
				return true
			}},
			"GOAWAY on connect": {connect: func(w *wire) {
				_ = w.WriteSettings()
				_ = w.WriteGoAway(0, http2.ErrCodeNo, nil)
			}, respond: silent},
			"GOAWAY on connect, before SETTINGS": {connect: func(w *wire) { _ = w.WriteGoAway(0, http2.ErrCodeProtocol, nil) }, respond: silent},
			"close on connect":                   {connect: func(w *wire) { _ = w.WriteSettings(); _ = w.Close() }, respond: silent},
			"no stream allowed": {connect: func(w *wire) {
				_ = w.WriteSettings(http2.Setting{ID: http2.SettingMaxConcurrentStreams, Val: 0})
			}, respond: resetStream(http2.ErrCodeRefusedStream).respond},
		},
	}
}

func TestTransport_OneRequestOnTheWire(t *testing.T) {
	for proto, faults := range interruptions() {
		for name, fault := range faults {
			for _, good := range []int64{0, 1} {
				if good > 0 && fault.connect != nil {
					continue
				}
				t.Run(fmt.Sprintf("%s/%s/after %d", proto, name, good), func(t *testing.T) {
					p := newPeer(t, loopback(t), proto, good, fault)
					client := p.client(t, new(net.Dialer).DialContext)
					for range good {
						if err := fetch(t, client); err != nil {
							t.Fatal(err)
						}
					}
					err := fetch(t, client)
					p.close()
					if reason, _ := outcome(err); reason != api.ReasonNetwork || strings.Contains(err.Error(), "cancel") {
						t.Errorf("got %q, %v; want a network error that does not mention cancellation", reason, err)
					}
					least, got := good+1, p.requests.Load()
					if fault.connect != nil {
						least = good // the connection may be closed before the request is sent
					}
					if got < least || got > good+1 {
						t.Errorf("%d requests on the wire, want %d to %d", got, least, good+1)
					}
					if n := p.connections.Load(); n > good+10 {
						t.Errorf("%d connections for one request, want 10 at most", n)
					}
				})
			}
		}
	}
}

// Over HTTP/1.1, net/http would send a request on one kept connection after
// another if each of them is closed.
func TestTransport_HTTP1KeepsNoConnection(t *testing.T) {
	p := newPeer(t, loopback(t), http1, 3, wireFault{})
	client := p.client(t, new(net.Dialer).DialContext)
	for range 3 {
		if err := fetch(t, client); err != nil {
			t.Error(err)
		}
	}
	p.close()
	if n := p.connections.Load(); n != 3 {
		t.Errorf("%d connections for 3 requests", n)
	}
}

// A connection without a free stream is not a failure: nothing has been sent on it.
func TestTransport_FullHTTP2Connection(t *testing.T) {
	const parallel = 8
	p := newPeer(t, loopback(t), h2, parallel, wireFault{connect: func(w *wire) {
		_ = w.WriteSettings(http2.Setting{ID: http2.SettingMaxConcurrentStreams, Val: 1})
	}})
	client := p.client(t, new(net.Dialer).DialContext)
	var wg sync.WaitGroup
	for range parallel {
		wg.Go(func() {
			if err := fetch(t, client); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	p.close()
	if n := p.requests.Load(); n != parallel {
		t.Errorf("%d requests on the wire, want %d", n, parallel)
	}
}

// A server that stops gracefully processes the requests that it has, and gets
// the next one on a new connection.
func TestTransport_GracefulGoAway(t *testing.T) {
	p := newPeer(t, loopback(t), h2, 0, wireFault{respond: func(w *wire) bool {
		_ = w.WriteGoAway(w.stream, http2.ErrCodeNo, nil)
		w.response(200, empty)
		return true
	}})
	client := p.client(t, new(net.Dialer).DialContext)
	for range 3 {
		if err := fetch(t, client); err != nil {
			t.Error(err)
		}
	}
	p.close()
	if requests, connections := p.requests.Load(), p.connections.Load(); requests != 3 || connections != 3 {
		t.Errorf("%d requests on %d connections, want 3 on 3", requests, connections)
	}
}

// The connection belongs to the caller after a 101: nothing else closes it.
func TestTransport_SwitchingProtocols(t *testing.T) {
	p := newPeer(t, loopback(t), http1, 0, wireFault{respond: func(w *wire) bool {
		w.text("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n")
		return true
	}})
	client := p.client(t, new(net.Dialer).DialContext)
	err := fetch(t, client)
	if reason, status := outcome(err); reason != api.ReasonMalformed || status != 101 {
		t.Errorf("got %q, %d, %v; want a malformed response", reason, status, err)
	}
	p.wait()
	if n := p.requests.Load(); n != 1 {
		t.Errorf("%d requests on the wire, want 1", n)
	}
}
