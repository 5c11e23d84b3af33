package main

import (
	"bytes"
	"context"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestHealthcheck_Status(t *testing.T) {
	for status, hint := range map[int]string{
		http.StatusNoContent:           "check the exporter's log",
		http.StatusMovedPermanently:    "redirects are not followed",
		http.StatusTemporaryRedirect:   "redirects are not followed",
		http.StatusBadRequest:          "use https:// in --url",
		http.StatusUnauthorized:        "start it with --web.health-address",
		http.StatusNotFound:            "which is /-/healthy by default",
		http.StatusInternalServerError: "check the exporter's log",
		http.StatusServiceUnavailable:  "check the exporter's log",
	} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			requests := 0
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				requests++
				w.Header().Set("Location", "/elsewhere")
				w.WriteHeader(status)
			}))
			defer server.Close()
			err := checkHealth(t, server.URL+"/-/healthy")
			if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("HTTP status %d %s, expected 200: ", status, http.StatusText(status))) || !strings.Contains(err.Error(), hint) {
				t.Errorf("got %v", err)
			}
			if requests != 1 {
				t.Errorf("%d requests, want 1", requests)
			}
		})
	}
}

func TestHealthcheck_PasswordInURLIsNotPrinted(t *testing.T) {
	responses := map[string]http.Handler{
		"refused": http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) }),
		"redirected": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://"+canary+"/", http.StatusFound)
		}),
		"cut off": http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }),
		"no HTTP": http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			c, _, _ := http.NewResponseController(w).Hijack()
			fmt.Fprint(c, "SSH-2.0\r\n")
			c.Close()
		}),
	}
	check := func(name, address string) {
		t.Run(name, func(t *testing.T) {
			address = strings.Replace(address, "://", "://"+canary+"-user:"+canary+"-password@", 1) + "/?" + canary
			err := checkHealth(t, address)
			if err == nil || strings.Contains(err.Error(), "\n") {
				t.Fatalf("got %v, want one line", err)
			}
			noSecret(t, "the error", err.Error())
		})
	}
	for name, response := range responses {
		server := httptest.NewServer(response)
		defer server.Close()
		check(name, server.URL)
	}
	closed := httptest.NewServer(nil)
	closed.Close()
	check("nobody there", closed.URL)
	check("a port that is none", "http://127.0.0.1:99999")
	check("no such port", "http://127.0.0.1:port")
	check("another scheme", "gopher://127.0.0.1")
	check("a host that is none", "http://exporter invalid")
}

func TestHealthcheck_BodyIsNotRead(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusOK)
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done() // until the client closes the connection
	}))
	defer server.Close()
	if err := checkHealth(t, server.URL); err != nil {
		t.Error(err)
	}
}

func TestHealthcheck_Timeout(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	defer server.Close()
	if err := checkHealth(t, server.URL); err == nil || !strings.HasSuffix(err.Error(), ": no response within 3s: check the exporter's log, and that --url is its address") {
		t.Errorf("got %v", err)
	}
}

// checkHealth runs the command within this process.
func checkHealth(t *testing.T, address string) error {
	t.Helper()
	var stdout bytes.Buffer
	cmd, _, err := newCommandLine().parse([]string{"healthcheck", "--url=" + address}, &stdout)
	if err == nil {
		err = cmd.run(t.Context(), &stdout)
	}
	if stdout.Len() > 0 {
		t.Errorf("printed %q", &stdout)
	}
	return err
}

// Other hosts are reached through a proxy, which connects every name to a server
// whose certificate is for example.com.
func TestHealthcheck_CertificateIsVerifiedExceptOnLoopback(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer server.Close()
	host := server.Listener.Addr().String()
	tunnel := httptest.NewServer(tunnelTo(host))
	defer tunnel.Close()
	_, port, _ := net.SplitHostPort(host)
	issuer := filepath.Join(t.TempDir(), "ca.pem")
	put(t, issuer, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})))

	check := func(address string, env ...string) string {
		cmd := exec.CommandContext(t.Context(), program, "healthcheck", "--url="+address)
		cmd.Env = append(append(os.Environ(), "GORACE=atexit_sleep_ms=0", "HTTPS_PROXY="+tunnel.URL, "NO_PROXY="), env...)
		out, _ := cmd.CombinedOutput()
		return fmt.Sprintf("%d %s", cmd.ProcessState.ExitCode(), out)
	}
	for _, loopback := range []string{"127.0.0.1", "localhost", "LocalHost"} {
		if got := check("https://"+loopback+":"+port+"/", "HTTPS_PROXY=http://127.0.0.1:1"); got != "0 " {
			t.Errorf("on %s, which needs no proxy: %s", loopback, got)
		}
	}
	if got := check("https://example.com/"); !strings.HasPrefix(got, "1 realtimekit_exporter: https://example.com/: tls: failed to verify certificate: ") ||
		!strings.HasSuffix(got, ": add its issuer to $SSL_CERT_FILE, or use 127.0.0.1 in --url, where certificates are not verified\n") {
		t.Errorf("other host, from an unknown issuer: %s", got)
	}
	if got := check("https://example.com/", "SSL_CERT_FILE="+issuer); got != "0 " {
		t.Errorf("other host, from a trusted issuer: %s", got)
	}
	if got := check("https://example.org/", "SSL_CERT_FILE="+issuer); !strings.HasPrefix(got, "1 ") {
		t.Errorf("other host, for another name: %s", got)
	}
}

// tunnelTo is a proxy for TLS that connects to one address, whatever the request.
func tunnelTo(address string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		there, err := (&net.Dialer{}).DialContext(r.Context(), "tcp", address)
		if r.Method != http.MethodConnect || err != nil {
			http.Error(w, "only CONNECT", http.StatusMethodNotAllowed)
			return
		}
		defer there.Close()
		here, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer here.Close()
		fmt.Fprint(here, "HTTP/1.1 200 OK\r\n\r\n")
		ctx, done := context.WithCancel(r.Context())
		go func() {
			defer done()
			_, _ = io.Copy(there, here)
		}()
		go func() {
			defer done()
			_, _ = io.Copy(here, there)
		}()
		<-ctx.Done()
	})
}
