package exporter

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness"
)

const password = "open-sesame"

// A protected exporter requires TLS and a password.
type protected struct {
	*harness.Process
	health string
	client *http.Client
}

func startProtected(t *testing.T, cost int) *protected {
	t.Helper()
	a := harness.NewAccount(t)
	dir := filepath.Dir(a.Config)
	hash, err := bcrypt.GenerateFromPassword([]byte(password), cost)
	if err != nil {
		t.Fatal(err)
	}
	// The certificate for tests of net/http, which is valid for 127.0.0.1.
	server := httptest.NewTLSServer(http.NotFoundHandler())
	defer server.Close()
	key, err := x509.MarshalPKCS8PrivateKey(server.TLS.Certificates[0].PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	harness.WriteFile(t, filepath.Join(dir, "cert.pem"), string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})))
	harness.WriteFile(t, filepath.Join(dir, "key.pem"), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})))
	harness.WriteFile(t, filepath.Join(dir, "web.yml"), fmt.Sprintf("tls_server_config: {cert_file: cert.pem, key_file: key.pem}\nbasic_auth_users: {prometheus: %q}\n", hash))

	g := &protected{Process: harness.Launch(t, "--config.file="+a.Config, "--web.listen-address=127.0.0.1:0", "--web.health-address=127.0.0.1:0",
		"--web.config.file="+filepath.Join(dir, "web.yml"), "--web.enable-lifecycle", "--web.enable-pprof")}
	g.URL = strings.Replace(g.URL, "http:", "https:", 1)
	m := regexp.MustCompile(`msg="serving health checks".* address=(\S+)`).FindStringSubmatch(g.Log.String())
	if m == nil {
		t.Fatal("it has not logged the address of the health checks")
	}
	g.health = "http://" + m[1]
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, MaxIdleConnsPerHost: 1}
	t.Cleanup(transport.CloseIdleConnections)
	g.client = &http.Client{Timeout: time.Minute, Transport: transport}
	return g
}

// send returns the status of a response. An empty password is not sent.
func (g *protected) send(ctx context.Context, method, url, password string) (int, error) {
	req, err := http.NewRequestWithContext(ctx, method, url, nil)
	if err != nil {
		return 0, err
	}
	if password != "" {
		req.SetBasicAuth("prometheus", password)
	}
	resp, err := g.client.Do(req)
	if err != nil {
		return 0, err
	}
	return resp.StatusCode, resp.Body.Close()
}

func TestPassword_RequiredOnEveryPath(t *testing.T) {
	g := startProtected(t, bcrypt.MinCost)
	for _, path := range []string{"/", "/metrics", "/-/healthy", "/-/ready", "/-/reload", "/debug/pprof/", "/debug/pprof/heap", "/nowhere", "/-/../metrics", "//metrics"} {
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"} {
			for _, word := range []string{"", "close-sesame", password + " "} {
				if got, err := g.send(t.Context(), method, g.URL+path, word); err != nil || got != http.StatusUnauthorized {
					t.Errorf("%s %s with %q: %d, %v", method, path, word, got, err)
				}
			}
			want := http.StatusNotFound
			if path == "/-/healthy" || path == "/-/ready" {
				want = http.StatusMethodNotAllowed
				if method == "GET" || method == "HEAD" {
					want = http.StatusOK
				}
			}
			if path == "/-/../metrics" || path == "//metrics" {
				continue // cleaned, which is a redirect to what is not there
			}
			if got, err := g.send(t.Context(), method, g.health+path, ""); err != nil || got != want {
				t.Errorf("health checks: %s %s: %d, want %d, %v", method, path, got, want, err)
			}
		}
	}
	if n := len(g.Lines("configuration loaded")); n != 1 {
		t.Errorf("the configuration was loaded %d times", n)
	}
	if got, err := g.send(t.Context(), http.MethodPost, g.URL+"/-/reload", password); err != nil || got != http.StatusOK {
		t.Errorf("with the password: %d, %v", got, err)
	}
	if strings.Contains(g.Log.String(), "sesame") {
		t.Error("a password is in the log")
	}
}

// Wrong passwords are checked one after another, for the check is made to be
// slow; one that has been found right is not checked again, and does not queue.
func TestPassword_WrongPasswordsDoNotDelayTheRightOne(t *testing.T) {
	const wrong = 50
	g := startProtected(t, bcrypt.DefaultCost-1)
	if got, err := g.send(t.Context(), http.MethodGet, g.URL+"/metrics", password); err != nil || got != http.StatusOK {
		t.Fatalf("the right one: %d, %v", got, err)
	}
	began := time.Now()
	var refused atomic.Int64
	var all sync.WaitGroup
	for i := range wrong {
		all.Go(func() {
			if got, err := g.send(t.Context(), http.MethodGet, g.URL+"/metrics", fmt.Sprint("guess-", i)); err != nil || got != http.StatusUnauthorized {
				t.Errorf("a wrong one: %d, %v", got, err)
			}
			refused.Add(1)
		})
	}
	right, slowest := 0, time.Duration(0)
	for refused.Load() < wrong*9/10 {
		begin := time.Now()
		if got, err := g.send(t.Context(), http.MethodGet, g.URL+"/metrics", password); err != nil || got != http.StatusOK {
			t.Fatalf("the right one: %d, %v", got, err)
		}
		right, slowest = right+1, max(slowest, time.Since(begin))
	}
	all.Wait()
	took := time.Since(began)
	t.Logf("%d wrong passwords took %v, %v each; meanwhile the right one was let in %d times, within %v", wrong, took, took/wrong, right, slowest)
	if right < 10 || slowest > took/4 {
		t.Errorf("the right one was let in %d times, once after %v", right, slowest)
	}
}
