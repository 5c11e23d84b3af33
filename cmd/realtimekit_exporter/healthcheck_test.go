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
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestTheHealthCheckSaysWhatToDoAboutAStatus(t *testing.T) {
	for status, hint := range map[int]string{
		http.StatusNoContent:           "look at the exporter's log",
		http.StatusMovedPermanently:    "point --url to where it leads",
		http.StatusTemporaryRedirect:   "point --url to where it leads",
		http.StatusBadRequest:          "write https:// in --url",
		http.StatusUnauthorized:        "start it with --web.health-address",
		http.StatusNotFound:            "whose path is /-/healthy",
		http.StatusInternalServerError: "look at the exporter's log",
		http.StatusServiceUnavailable:  "look at the exporter's log",
	} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			asked := 0
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				asked++
				w.Header().Set("Location", "/elsewhere")
				w.WriteHeader(status)
			}))
			defer server.Close()
			err := checkHealth(t, server.URL+"/-/healthy")
			if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("answered %d %s, expected 200: ", status, http.StatusText(status))) || !strings.Contains(err.Error(), hint) {
				t.Errorf("got %v", err)
			}
			if asked != 1 {
				t.Errorf("asked %d times", asked)
			}
		})
	}
}

func TestTheHealthCheckNeverShowsTheCredentialsInItsAddress(t *testing.T) {
	answers := map[string]http.Handler{
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
				t.Fatalf("got %v, want a sentence", err)
			}
			noSecret(t, "the error", err.Error())
		})
	}
	for name, answer := range answers {
		server := httptest.NewServer(answer)
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

func TestTheHealthCheckDoesNotWaitForTheRestOfAnAnswer(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusOK)
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done() // until who asks has gone
	}))
	defer server.Close()
	if err := checkHealth(t, server.URL); err != nil {
		t.Error(err)
	}
}

func TestTheHealthCheckDoesNotWaitForeverForAnAnswer(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	defer server.Close()
	if err := checkHealth(t, server.URL); err == nil || !strings.HasSuffix(err.Error(), ": no answer within 3s: look at the exporter's log, and whether --url is its address") {
		t.Errorf("got %v", err)
	}
}

// checkHealth runs the command within this process.
func checkHealth(t *testing.T, address string) error {
	t.Helper()
	var stdout bytes.Buffer
	err := healthcheck(t.Context(), []string{"--url=" + address}, &stdout)
	if stdout.Len() > 0 {
		t.Errorf("said %q besides", &stdout)
	}
	return err
}

// Elsewhere is reached through a proxy, which leads every name to a server whose
// certificate is for example.com.
func TestTheHealthCheckTrustsAnyCertificateOnLoopbackOnly(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer server.Close()
	host := server.Listener.Addr().String()
	tunnel := httptest.NewServer(tunnelTo(host))
	defer tunnel.Close()
	_, port, _ := net.SplitHostPort(host)
	issuer := filepath.Join(t.TempDir(), "ca.pem")
	put(t, issuer, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})))

	check := func(address string, env ...string) string {
		cmd := exec.CommandContext(t.Context(), program, healthCommand, "--url="+address)
		cmd.Env = append(append(os.Environ(), "GORACE=atexit_sleep_ms=0", "HTTPS_PROXY="+tunnel.URL, "NO_PROXY="), env...)
		out, _ := cmd.CombinedOutput()
		return fmt.Sprintf("%d %s", cmd.ProcessState.ExitCode(), out)
	}
	for _, loopback := range []string{"127.0.0.1", "localhost", "LocalHost"} {
		if got := check("https://"+loopback+":"+port+"/", "HTTPS_PROXY=http://127.0.0.1:1"); got != "0 " {
			t.Errorf("on %s, where a proxy has no business: %s", loopback, got)
		}
	}
	if got := check("https://example.com/"); !strings.HasPrefix(got, "1 realtimekit_exporter: https://example.com/: tls: failed to verify certificate: ") ||
		!strings.HasSuffix(got, ": make its issuer trusted by $SSL_CERT_FILE, or ask on 127.0.0.1, where certificates are not verified\n") {
		t.Errorf("elsewhere, from an unknown issuer: %s", got)
	}
	if got := check("https://example.com/", "SSL_CERT_FILE="+issuer); got != "0 " {
		t.Errorf("elsewhere, from a trusted issuer: %s", got)
	}
	if got := check("https://example.org/", "SSL_CERT_FILE="+issuer); !strings.HasPrefix(got, "1 ") {
		t.Errorf("elsewhere, for another name: %s", got)
	}
}

// tunnelTo is a proxy for TLS, to one address whatever it is asked for.
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

func TestLoopbackIsWhatNeverLeavesTheMachine(t *testing.T) {
	for address, want := range map[string]bool{
		"http://127.0.0.1:11780/":      true,
		"http://127.255.255.254/":      true,
		"http://[::1]:11780/":          true,
		"http://[::ffff:127.0.0.1]/":   true,
		"http://localhost:11780/":      true,
		"http://LocalHost/":            true,
		"http://128.0.0.1/":            false,
		"http://0.0.0.0/":              false,
		"http://10.0.0.1/":             false,
		"http://[::2]/":                false,
		"http://localhost.example/":    false,
		"http://127.0.0.1.example/":    false,
		"http://localhost@10.0.0.1/":   false,
		"http://127.0.0.1@10.0.0.1/":   false,
		"http://exporter:11780/metric": false,
	} {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		if got := onLoopback(u.Hostname()); got != want {
			t.Errorf("%s: %v", address, got)
		}
	}
}
