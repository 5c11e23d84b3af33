package main

import (
	"bufio"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// connectReplies are replies to CONNECT that repeat the credentials of the proxy:
// %[1]s is the password, %[2]s is user:password, %[3]s is that in base64, %[4]s is it
// escaped.
func connectReplies() []string {
	return []string{
		"HTTP/1.1 407 Proxy Authentication Required for %[1]s\r\n\r\n",
		"HTTP/1.1 403 %[2]s is not allowed\r\n\r\n",
		"HTTP/1.1 403 %[1]s\r\n\r\n",
		"HTTP/1.1 302 Basic %[3]s\r\nLocation: http://%[2]s@login.example/\r\n\r\n",
		"HTTP/1.1 502 %[4]s\r\n\r\n",
		"HTTP/1.1 %[1]s\r\n\r\n",
		"%[1]s %[1]s\r\n\r\n",
		"HTTP/1.1 200 OK\r\n%[1]s\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: %[1]s\r\n\r\n",
		"HTTP/1.1 200 OK\r\n\r\n%[1]s",
	}
}

// startConnectProxy replies to each CONNECT in another of these ways.
func startConnectProxy(t *testing.T, scheme string, replies []string) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	if scheme == "https" {
		certified := httptest.NewTLSServer(nil)
		certified.Close()
		l = tls.NewListener(l, &tls.Config{Certificates: certified.TLS.Certificates})
	}
	var done sync.WaitGroup
	t.Cleanup(func() { l.Close(); done.Wait() })
	done.Go(func() {
		for n := 0; ; {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			if req, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
				encoded := strings.TrimPrefix(req.Header.Get("Proxy-Authorization"), "Basic ")
				credentials, _ := base64.StdEncoding.DecodeString(encoded)
				_, password, _ := strings.Cut(string(credentials), ":")
				_, _ = fmt.Fprintf(conn, replies[n%len(replies)]+"%.0[4]s", password, credentials, encoded, url.PathEscape(fmt.Sprintf("%%%x", credentials)))
				n++
			}
			conn.Close()
		}
	})
	return address
}

func TestProxy_ReflectedCredentialsAreRedacted(t *testing.T) {
	for _, scheme := range []string{"http", "https"} {
		t.Run(scheme, func(t *testing.T) {
			t.Parallel()
			replies := connectReplies()
			address := startConnectProxy(t, scheme, replies)
			text := fmt.Sprintf("api:\n  base_url: https://api.test/client/v4\n  proxy_url: %s://exporter:%s@%s\n  tls_config: {insecure_skip_verify: true}\n", scheme, proxyPassword, address) +
				"accounts:\n- account_id: studio\n  api_token: literal-" + canary + "\n  apps:\n"
			for i := range replies {
				text += fmt.Sprintf("  - {app_id: app-%d}\n", i)
			}
			dir := t.TempDir()
			put(t, filepath.Join(dir, "config.yml"), text)
			p, err := startProcess(dir, append(os.Environ(), "GORACE=atexit_sleep_ms=0"), "--log.level=debug")
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = p.cmd.Process.Kill(); <-p.ended }()
			c := newClient()
			c.url = p.url
			metrics := c.do(http.MethodGet, []string{"-H", "X-Prometheus-Scrape-Timeout-Seconds: 60", "/metrics"})
			page := c.do(http.MethodGet, []string{"/status"})
			failed := regexp.MustCompile(`(?m)^realtimekit_report_failures_total{.*reason="network".*} 1$`)
			if got := len(failed.FindAllString(metrics.body, -1)); got != len(replies) {
				t.Errorf("%d reports failed, want all %d", got, len(replies))
			}
			log := p.log.String()
			const refused = "the proxy refused the connection to the API (CONNECT: HTTP 403)"
			for where, text := range map[string]string{"the log": log, "/status": page.body, "/metrics": metrics.body} {
				noSecret(t, where, text)
				if where != "/metrics" && strings.Count(text, refused) != 2 {
					t.Errorf("%s does not say twice %q:\n%s", where, refused, text)
				}
			}
		})
	}
}
