package e2e

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
)

// While the API hangs, a scrape whose timeout can't be used waits as if it had
// none, which is 5 s less the offset, and is answered with what is known.
func TestATimeoutThatMakesNoSenseIsAnsweredAll(t *testing.T) {
	a := newAccount(t)
	a.api.Override(busy, apitest.Hang())
	exporter := a.startExporter(t)
	var all sync.WaitGroup
	for _, header := range []string{"", "NaN", "-1", "0", "abc", "+Inf", "1e999", "10s", strings.Repeat("9", 10_000)} {
		all.Go(func() {
			began := time.Now()
			got := exporter.send(t, "GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Prometheus-Scrape-Timeout-Seconds: "+header+"\r\n\r\n")
			took := time.Since(began)
			if got.status != http.StatusOK || !strings.Contains(got.body, `realtimekit_report_up{app="name of quiet-app",report="livestreams"} 1`) {
				t.Errorf("%.20q: %d, %.200s", header, got.status, got.body)
			}
			if took < 4*time.Second || took > 8*time.Second {
				t.Errorf("%.20q: answered after %v, want 4.5 s", header, took)
			}
		})
	}
	all.Wait()

	// One that is far too long is answered at once when there is nothing to wait for.
	a.configure(t, quiet)
	for _, header := range []string{"1e300", "1e-300", "0.000001"} {
		another := a.startExporter(t)
		got := another.send(t, "GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Prometheus-Scrape-Timeout-Seconds: "+header+"\r\n\r\n")
		if got.status != http.StatusOK || !strings.Contains(got.body, "realtimekit_report_up{") {
			t.Errorf("%s: %d, %.200s", header, got.status, got.body)
		}
	}
}

func TestOnlyGETAndHEADAreAllowed(t *testing.T) {
	a := newAccount(t)
	exporter := a.startExporter(t, "--web.enable-lifecycle")
	for _, path := range []string{"/", "/metrics", "/-/healthy", "/-/ready"} {
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "get", "BREW"} {
			got := exporter.send(t, method+" "+path+" HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
			want := http.StatusMethodNotAllowed
			if method == "GET" || method == "HEAD" {
				want = http.StatusOK
			}
			if got.status != want {
				t.Errorf("%s %s: %d, want %d", method, path, got.status, want)
			}
			if allow := got.header.Get("Allow"); want != http.StatusOK && allow != "GET, HEAD" {
				t.Errorf("%s %s: only %q is allowed", method, path, allow)
			}
		}
	}
	for _, method := range []string{"GET", "HEAD", "PATCH", "DELETE", "OPTIONS", "BREW"} {
		got := exporter.send(t, method+" /-/reload HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
		if got.status != http.StatusMethodNotAllowed {
			t.Errorf("%s /-/reload: %d", method, got.status)
		}
	}
	if n := len(exporter.lines("configuration in force")); n != 1 {
		t.Errorf("the configuration was loaded %d times", n)
	}
}

func TestAPathNeverLeadsToAFile(t *testing.T) {
	a := newAccount(t)
	exporter := a.startExporter(t, "--web.enable-lifecycle")
	dir := filepath.Dir(a.config)
	content, err := os.ReadFile(a.config)
	if err != nil {
		t.Fatal(err)
	}
	files := []string{string(content), token, "root:x:", "package e2e"}
	up := strings.Repeat("../", 12)
	for _, path := range []string{
		"/" + up + "etc/passwd", "/metrics/" + up + "etc/passwd", "/-/" + up + "etc/passwd", "//etc/passwd", "/etc/passwd",
		"/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd", "/" + strings.ReplaceAll(up, "/", "%2f") + "etc%2fpasswd",
		"/" + strings.ReplaceAll(up, "/", "%5c") + "etc%5cpasswd", "/" + strings.ReplaceAll(up, "/", `\`) + `etc\passwd`,
		dir + "/config.yml", "/." + dir + "/token", "/config.yml", "/token", "/go.mod", "/raw_test.go", "/..;/token",
		"/debug/pprof/" + up + "etc/passwd", "/metrics/%00", "/metrics%00.yml", "/%c0%ae%c0%ae/etc/passwd", "/file:///etc/passwd",
		"//other.example/%2e%2e", "///other.example/..", "http://other.example/" + up + "etc/passwd", "file:///etc/passwd",
	} {
		got := exporter.send(t, "GET "+path+" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
		moved := []int{http.StatusMovedPermanently, http.StatusTemporaryRedirect, http.StatusPermanentRedirect}
		if !slices.Contains(append(moved, http.StatusNotFound, http.StatusBadRequest), got.status) {
			t.Errorf("%s: %d, %.100q", path, got.status, got.body)
		}
		for _, file := range files {
			if strings.Contains(got.body, file) {
				t.Errorf("%s shows a file: %.100q", path, got.body)
			}
		}
		if to := got.header.Get("Location"); slices.Contains(moved, got.status) && (!strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//")) && !strings.HasPrefix(path, "http:") && !strings.HasPrefix(path, "file:") {
			t.Errorf("%s leads elsewhere: %s", path, to)
		}
	}
}

func TestAHeaderOfAMegabyteIsRefused(t *testing.T) {
	const size = 1 << 20
	a := newAccount(t)
	exporter := a.startExporter(t)
	before := exporter.use(t)
	for name, head := range map[string]string{
		"one long header":     "X-Long: " + strings.Repeat("x", size) + "\r\n",
		"many short headers":  strings.Repeat("X-Short: xxxxxxxxxx\r\n", size/21),
		"one endless line":    strings.Repeat("x", size),
		"many timeout values": strings.Repeat("X-Prometheus-Scrape-Timeout-Seconds: 1\r\n", size/40),
	} {
		for range 20 {
			got := exporter.send(t, "GET /metrics HTTP/1.1\r\nHost: x\r\n"+head+"\r\n")
			if got.status != http.StatusRequestHeaderFieldsTooLarge {
				t.Fatalf("%s: %d, want 431", name, got.status)
			}
		}
	}
	if got := exporter.send(t, "GET /"+strings.Repeat("x", size)+" HTTP/1.1\r\nHost: x\r\n\r\n"); got.status != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("a path of a megabyte: %d, want 431", got.status)
	}
	var after use
	eventually(t, func() error {
		if after = exporter.use(t); after.goroutines > before.goroutines+4 || after.fds > before.fds+4 {
			return fmt.Errorf("from %+v to %+v", before, after)
		}
		return nil
	})
	if grown := after.resident - before.resident; grown > 32<<20 {
		t.Errorf("81 MiB of headers left %.0f MiB", grown/(1<<20))
	}
}
