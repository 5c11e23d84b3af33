package kubernetes

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
	"github.com/realtimekit-exporter/realtimekit_exporter/deploy/test/internal/manifests"
)

// TestMemory_EnoughForTheStatedNumberOfApps runs the exporter with the
// container's GOMEMLIMIT, and compares its peak of resident memory with what the
// container gets.
func TestMemory_EnoughForTheStatedNumberOfApps(t *testing.T) {
	for name, test := range map[string]struct {
		dir     string
		apps    int
		blocked int  // clients that send a request and do not read the response
		limit   bool // or the request
	}{
		"a request":                            {sidecar, 100, 0, false},
		"the limit of its own":                 {base, 1000, 0, true},
		"the sidecar's limit":                  {sidecar, 300, 0, true},
		"the sidecar's limit, blocked clients": {sidecar, 300, 16, true},
		"the sidecar's limit, many blocked":    {sidecar, 20, 500, true},
	} {
		t.Run(name, func(t *testing.T) {
			_, c := build(t, test.dir).Exporter(t)
			of := c.Resources.Requests.Memory().Value()
			if test.limit {
				of = c.Resources.Limits.Memory().Value()
			}
			peak := peakMemory(t, test.apps, test.blocked, "GOMEMLIMIT="+manifests.Env(c)["GOMEMLIMIT"].Value)
			t.Logf("%d apps, %d blocked clients: %.1f of %.1f MB", test.apps, test.blocked, float64(peak)/1e6, float64(of)/1e6)
			if peak > of {
				t.Errorf("%d apps take %d bytes, and get %d", test.apps, peak, of)
			}
		})
	}
}

// peakMemory is the peak memory of an exporter with a number of apps, scraped as Prometheus does,
// also with clients that do not read.
func peakMemory(t *testing.T, apps, blocked int, env string) int64 {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "realtimekit_exporter", "--config.file="+manyApps(t, apps), "--web.listen-address=127.0.0.1:0")
	cmd.Env = append(os.Environ(), env)
	log, err := cmd.StderrPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	url := ""
	lines := bufio.NewReader(log)
	for url == "" {
		line, err := lines.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		if m := regexp.MustCompile(`msg="Listening on".* address=(\S+)`).FindStringSubmatch(line); m != nil {
			url = "http://" + m[1] + "/metrics"
		}
	}
	ended := make(chan error, 1)
	go func() { _, err := io.Copy(io.Discard, lines); ended <- err }()

	var shown string
	for range 10 {
		shown = scrape(t, url)
	}
	if up := strings.Count(shown, `report="livestreams"} 1`+"\n"); up < apps {
		t.Fatalf("%d of %d reports are up", up, apps)
	}
	if blocked > 0 {
		block(t, url, blocked)
		scrape(t, url)
	}
	peak := maxResident(t, cmd.Process.Pid)
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(<-ended, cmd.Wait()); err != nil {
		t.Error(err)
	}
	return peak
}

// maxResident is the peak of a process's resident memory. (The value of Wait begins at
// the size of the process that started it.)
func maxResident(t *testing.T, pid int) int64 {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(status), "VmHWM:")
	var kB int64
	if _, err := fmt.Sscan(rest, &kB); !ok || err != nil {
		t.Fatalf("this system does not report the memory of a process: %v", err)
	}
	return kB << 10
}

// scrape requests a compressed response, as Go's client does by default.
func scrape(t *testing.T, url string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Prometheus-Scrape-Timeout-Seconds", "60")
	resp, err := (&http.Client{}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// manyApps writes a configuration with everything at its default but the rate
// limit, which would spread the requests over time.
func manyApps(t *testing.T, n int) string {
	t.Helper()
	api := apitest.New(time.Now)
	api.AddToken("token", "studio")
	server := httptest.NewServer(api)
	t.Cleanup(server.Close)
	var text strings.Builder
	fmt.Fprintf(&text, "api: {base_url: %s/client/v4, rate_limit: {requests: 30000}}\n", server.URL)
	text.WriteString("accounts: [{account_id: studio, api_token: token, apps: [\n")
	for i := range n {
		id := fmt.Sprintf("5f0a7c1e-3b54-4d3e-9d3f-%012d", i)
		api.AddApp("studio", id)
		fmt.Fprintf(&text, "  {app_id: %s, name: stage %d},\n", id, i)
	}
	text.WriteString("]}]\n")
	file := filepath.Join(t.TempDir(), "config.yml")
	if err := os.WriteFile(file, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
