package exporter

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
	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness"
)

// While the API hangs, a scrape whose timeout can't be used waits as if it had
// none, which is 5 s less the offset, and the response has what is known.
func TestScrapeTimeout_UnusableHeader(t *testing.T) {
	a := harness.NewAccount(t)
	a.API.Override(harness.Busy, apitest.Hang())
	exporter := a.StartExporter(t)
	var all sync.WaitGroup
	for _, header := range []string{"", "NaN", "-1", "0", "abc", "+Inf", "1e999", "10s", strings.Repeat("9", 10_000)} {
		all.Go(func() {
			began := time.Now()
			got := exporter.Send(t, "GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Prometheus-Scrape-Timeout-Seconds: "+header+"\r\n\r\n")
			took := time.Since(began)
			if got.Status != http.StatusOK || !strings.Contains(got.Body, `realtimekit_report_up{app="name of quiet-app",report="livestreams"} 1`) {
				t.Errorf("%.20q: %d, %.200s", header, got.Status, got.Body)
			}
			if took < 4*time.Second || took > 8*time.Second {
				t.Errorf("%.20q: response after %v, want 4.5 s", header, took)
			}
		})
	}
	all.Wait()

	// One that is far too long gets its response at once if there is nothing to wait for.
	a.Configure(t, harness.Quiet)
	for _, header := range []string{"1e300", "1e-300", "0.000001"} {
		another := a.StartExporter(t)
		got := another.Send(t, "GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Prometheus-Scrape-Timeout-Seconds: "+header+"\r\n\r\n")
		if got.Status != http.StatusOK || !strings.Contains(got.Body, "realtimekit_report_up{") {
			t.Errorf("%s: %d, %.200s", header, got.Status, got.Body)
		}
	}
}

func TestHTTP_AllowedMethods(t *testing.T) {
	a := harness.NewAccount(t)
	exporter := a.StartExporter(t, "--web.enable-lifecycle")
	for _, path := range []string{"/", "/metrics", "/-/healthy", "/-/ready"} {
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "get", "BREW"} {
			got := exporter.Send(t, method+" "+path+" HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
			want := http.StatusMethodNotAllowed
			if method == "GET" || method == "HEAD" {
				want = http.StatusOK
			}
			if got.Status != want {
				t.Errorf("%s %s: %d, want %d", method, path, got.Status, want)
			}
			if allow := got.Header.Get("Allow"); want != http.StatusOK && allow != "GET, HEAD" {
				t.Errorf("%s %s: only %q is allowed", method, path, allow)
			}
		}
	}
	for _, method := range []string{"GET", "HEAD", "PATCH", "DELETE", "OPTIONS", "BREW"} {
		got := exporter.Send(t, method+" /-/reload HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
		if got.Status != http.StatusMethodNotAllowed {
			t.Errorf("%s /-/reload: %d", method, got.Status)
		}
	}
	if n := len(exporter.Lines("configuration loaded")); n != 1 {
		t.Errorf("the configuration was loaded %d times", n)
	}
}

func TestHTTP_PathNeverServesAFile(t *testing.T) {
	a := harness.NewAccount(t)
	exporter := a.StartExporter(t, "--web.enable-lifecycle")
	dir := filepath.Dir(a.Config)
	content, err := os.ReadFile(a.Config)
	if err != nil {
		t.Fatal(err)
	}
	files := []string{string(content), harness.Token, "root:x:", "package exporter"}
	up := strings.Repeat("../", 12)
	for _, path := range []string{
		"/" + up + "etc/passwd", "/metrics/" + up + "etc/passwd", "/-/" + up + "etc/passwd", "//etc/passwd", "/etc/passwd",
		"/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd", "/" + strings.ReplaceAll(up, "/", "%2f") + "etc%2fpasswd",
		"/" + strings.ReplaceAll(up, "/", "%5c") + "etc%5cpasswd", "/" + strings.ReplaceAll(up, "/", `\`) + `etc\passwd`,
		dir + "/config.yml", "/." + dir + "/token", "/config.yml", "/token", "/go.mod", "/http_test.go", "/..;/token",
		"/debug/pprof/" + up + "etc/passwd", "/metrics/%00", "/metrics%00.yml", "/%c0%ae%c0%ae/etc/passwd", "/file:///etc/passwd",
		"//other.example/%2e%2e", "///other.example/..", "http://other.example/" + up + "etc/passwd", "file:///etc/passwd",
	} {
		got := exporter.Send(t, "GET "+path+" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
		moved := []int{http.StatusMovedPermanently, http.StatusTemporaryRedirect, http.StatusPermanentRedirect}
		if !slices.Contains(append(moved, http.StatusNotFound, http.StatusBadRequest), got.Status) {
			t.Errorf("%s: %d, %.100q", path, got.Status, got.Body)
		}
		for _, file := range files {
			if strings.Contains(got.Body, file) {
				t.Errorf("%s shows a file: %.100q", path, got.Body)
			}
		}
		if to := got.Header.Get("Location"); slices.Contains(moved, got.Status) && (!strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//")) && !strings.HasPrefix(path, "http:") && !strings.HasPrefix(path, "file:") {
			t.Errorf("%s leads elsewhere: %s", path, to)
		}
	}
}

func TestHTTP_HeaderTooLarge(t *testing.T) {
	const size = 1 << 20
	a := harness.NewAccount(t)
	exporter := a.StartExporter(t)
	before := exporter.Usage(t)
	for name, head := range map[string]string{
		"one long header":     "X-Long: " + strings.Repeat("x", size) + "\r\n",
		"many short headers":  strings.Repeat("X-Short: xxxxxxxxxx\r\n", size/21),
		"one endless line":    strings.Repeat("x", size),
		"many timeout values": strings.Repeat("X-Prometheus-Scrape-Timeout-Seconds: 1\r\n", size/40),
	} {
		for range 20 {
			got := exporter.Send(t, "GET /metrics HTTP/1.1\r\nHost: x\r\n"+head+"\r\n")
			if got.Status != http.StatusRequestHeaderFieldsTooLarge {
				t.Fatalf("%s: %d, want 431", name, got.Status)
			}
		}
	}
	if got := exporter.Send(t, "GET /"+strings.Repeat("x", size)+" HTTP/1.1\r\nHost: x\r\n\r\n"); got.Status != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("a path of a megabyte: %d, want 431", got.Status)
	}
	var after harness.Usage
	harness.Eventually(t, func() error {
		if after = exporter.Usage(t); after.Goroutines > before.Goroutines+4 || after.FDs > before.FDs+4 {
			return fmt.Errorf("from %+v to %+v", before, after)
		}
		return nil
	})
	if grown := after.Resident - before.Resident; grown > 32<<20 {
		t.Errorf("81 MiB of headers occupy %.0f MiB", grown/(1<<20))
	}
}
