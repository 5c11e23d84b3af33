package api_test

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
)

// failConnecting returns the error of a request to an API at a URL.
func failConnecting(t *testing.T, baseURL string, rt *http.Transport) string {
	t.Helper()
	t.Cleanup(rt.CloseIdleConnections)
	app := theApp()
	app.Token = longToken
	_, err := api.New(baseURL, rt, proxyPassword).LivestreamDays(t.Context(), app, func() api.Window { return api.LastDays(5, now()) })
	if reasonOf(err) != api.ReasonNetwork {
		t.Fatalf("got reason %q (%v), want network", reasonOf(err), err)
	}
	return err.Error()
}

func TestError_ConnectionFailures(t *testing.T) {
	server := httptest.NewUnstartedServer(newAPI())
	server.Config.ErrorLog = log.New(t.Output(), "", 0)
	server.StartTLS()
	defer server.Close()
	plain := httptest.NewServer(newAPI())
	defer plain.Close()
	closed := httptest.NewServer(nil)
	closed.Close()
	authority := x509.NewCertPool()
	authority.AddCert(server.Certificate())
	trusting := func(c *tls.Config) *http.Transport { c.RootCAs = authority; return &http.Transport{TLSClientConfig: c} }
	host := strings.Repeat("a", 64) + ".invalid" // the label is too long, so no name server is contacted

	const before, after = "the connection to the API failed: ", " (check DNS, firewall, proxy and api.tls_config)"
	for name, c := range map[string]struct {
		url  string
		rt   *http.Transport
		want string
	}{
		"connection refused":      {closed.URL, &http.Transport{}, "dial " + closed.Listener.Addr().String() + ": connection refused"},
		"unknown host":            {"http://" + host, &http.Transport{}, "lookup " + host + ": no such host"},
		"unknown authority":       {server.URL, &http.Transport{}, "tls: failed to verify certificate: x509: certificate signed by unknown authority"},
		"certificate of another":  {server.URL, trusting(&tls.Config{ServerName: "api.test"}), "tls: failed to verify certificate: x509: certificate is not valid for api.test"},
		"certificate has expired": {server.URL, trusting(&tls.Config{Time: func() time.Time { return time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC) }}), "tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time 2200-01-01T00:00:00Z is after 2084-01-29T16:00:00Z"},
		"plain HTTP":              {strings.Replace(plain.URL, "http:", "https:", 1), &http.Transport{}, "tls: first record does not look like a TLS handshake"},
		"TLS alert":               {server.URL, trusting(&tls.Config{MaxVersion: tls.VersionTLS10, MinVersion: tls.VersionTLS10}), "remote error: tls: protocol version not supported"},
		"the proxy is down":       {"https://api.test", &http.Transport{Proxy: proxyAt(closed.Listener.Addr())}, "proxyconnect: dial " + closed.Listener.Addr().String() + ": connection refused"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := failConnecting(t, c.url, c.rt); got != before+c.want+after {
				t.Errorf("got %s, want %s", got, before+c.want+after)
			}
		})
	}
}

func proxyAt(addr net.Addr) func(*http.Request) (*url.URL, error) {
	return http.ProxyURL(&url.URL{Scheme: "http", User: url.UserPassword("exporter", proxyPassword), Host: addr.String()})
}

// startProxy serves connections one after the other.
func startProxy(t *testing.T, serve func(net.Conn)) net.Addr {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	t.Cleanup(func() { l.Close(); <-done })
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			serve(conn)
			_ = conn.(*net.TCPConn).CloseWrite() // closing it with unread bytes would reset it
			_, _ = io.Copy(io.Discard, conn)
			conn.Close()
		}
	}()
	return l.Addr()
}

func TestError_ProxyRefusesAndRepeatsThePassword(t *testing.T) {
	const (
		refused = "the proxy refused the connection to the API (CONNECT: HTTP %d): check "
		other   = refused + "api.proxy_url or HTTPS_PROXY, and whether the proxy allows the host of api.base_url"
		closed  = "the connection to the API failed: the connection was closed before the response was complete (check DNS, firewall, proxy and api.tls_config)"
		broken  = "the connection to the API failed (check DNS, firewall, proxy and api.tls_config)"
	)
	for reply, want := range map[string]string{
		"HTTP/1.1 407 %[1]s\r\n\r\n":                            fmt.Sprintf(refused+"user name and password in api.proxy_url or HTTPS_PROXY", 407),
		"HTTP/1.1 403 Forbidden\r\n\r\n":                        fmt.Sprintf(other, 403),
		"HTTP/1.1 302 Found\r\nLocation: http://%[1]s/\r\n\r\n": fmt.Sprintf(other, 302),
		"HTTP/1.1 200 OK\r\n\r\n%[1]s":                          closed,
		"HTTP/1.1 403 user exporter with %[1]s\r\n\r\n":         fmt.Sprintf(other, 403),
		"HTTP/1.1 503 Basic %[2]s\r\n\r\n":                      fmt.Sprintf(other, 503),
		"HTTP/1.1 201 %[1]s\r\n\r\n":                            fmt.Sprintf(other, 201),
		"HTTP/1.1 999 %[1]s\r\n\r\n":                            fmt.Sprintf(other, 999),
		"HTTP/1.1 who-are-you?\r\n\r\n%.0[1]s":                  broken,
		"who are you?\r\n\r\n%.0[1]s":                           broken,
		"HTTP/1.1 %[1]s\r\n\r\n":                                broken,
		"%[1]s 403 Forbidden\r\n\r\n":                           broken,
		"%[1]s\r\n\r\n":                                         broken,
		"HTTP/1.1 200 OK\r\n%[1]s\r\n\r\n":                      broken,
		"HTTP/1.1 200 OK\r\nContent-Length: %[1]s\r\n\r\n":      broken,
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: %[1]s\r\n\r\n":   broken,
		"": closed,
	} {
		t.Run(fmt.Sprintf("%.40q", reply), func(t *testing.T) {
			proxy := startProxy(t, func(conn net.Conn) {
				req, err := http.ReadRequest(bufio.NewReader(conn))
				if err != nil {
					return
				}
				credentials, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(req.Header.Get("Proxy-Authorization"), "Basic "))
				_, password, _ := strings.Cut(string(credentials), ":")
				if password != proxyPassword {
					t.Errorf("the proxy got the password %q", password)
				}
				if reply != "" {
					_, _ = fmt.Fprintf(conn, reply+"%.0[2]s", password, base64.StdEncoding.EncodeToString(credentials))
				}
			})
			rt := &http.Transport{Proxy: proxyAt(proxy), OnProxyConnectResponse: api.CheckProxyResponse}
			if got := failConnecting(t, "https://api.test", rt); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}

func TestError_SOCKSProxyRefuses(t *testing.T) {
	proxy := startProxy(t, func(conn net.Conn) {
		hello := make([]byte, 3)
		if _, err := io.ReadFull(conn, hello); err != nil {
			return
		}
		_, _ = conn.Write([]byte{5, 0}) // no authentication
		request := make([]byte, 4+1+len("api.test")+2)
		if _, err := io.ReadFull(conn, request); err != nil {
			return
		}
		_, _ = conn.Write([]byte{5, 2, 0, 1, 0, 0, 0, 0, 0, 0}) // not allowed by ruleset
	})
	rt := &http.Transport{Proxy: http.ProxyURL(&url.URL{Scheme: "socks5h", Host: proxy.String()})}
	if got := failConnecting(t, "https://api.test", rt); !strings.Contains(got, ": the proxy refused (check DNS, firewall, proxy") {
		t.Errorf("got %s", got)
	}
}
