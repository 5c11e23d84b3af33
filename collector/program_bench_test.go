package collector_test

import (
	"bufio"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// The benchmarks here run the program itself, built as it is released.

const (
	program  = "github.com/realtimekit-exporter/realtimekit_exporter/cmd/realtimekit_exporter"
	megabyte = 1e6

	// The Accept-Encoding of Prometheus.
	prometheusAccept = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6," +
		"application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4," +
		"text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
)

// BenchmarkBinary reports the size of the binary as it is released.
func BenchmarkBinary(b *testing.B) {
	const most = 17 * megabyte
	for b.Loop() {
		info, err := os.Stat(buildBinary(b, program))
		if err != nil {
			b.Fatal(err)
		}
		if info.Size() > most {
			b.Errorf("the binary has %d bytes, want at most %.0f", info.Size(), most)
		}
		b.ReportMetric(float64(info.Size())/megabyte, "MB")
	}
	b.ReportMetric(0, "ns/op")
}

// BenchmarkMemory reports the peak of resident memory after many scrapes, as
// Linux accounts for it, of the exporter and of a process that does nothing but
// hold and serve the same series.
func BenchmarkMemory(b *testing.B) {
	exporter := buildBinary(b, program)
	source := filepath.Join(b.TempDir(), "plain.go")
	writeFile(b, source, plainProgram)
	plain := buildBinary(b, source)
	for _, size := range []struct{ apps, scrapes int }{{10, 1000}, {1000, 50}} {
		b.Run(fmt.Sprintf("apps=%d/scrapes=%d", size.apps, size.scrapes), func(b *testing.B) {
			upstream, ids := slowAPI(size.apps, 0)
			loopback := httptest.NewServer(upstream)
			b.Cleanup(loopback.Close)
			config := filepath.Join(b.TempDir(), "config.yml")
			writeFile(b, config, programConfig(loopback.URL, ids))
			var ours, all, theirs []float64
			for b.Loop() {
				start := func() (e *server, first string) {
					e = startServer(b, exporter, "--config.file="+config, "--web.listen-address=127.0.0.1:0")
					first = e.scrape(b, prometheusAccept)
					if up := strings.Count(first, `report="livestreams"} 1.0`); up < size.apps {
						b.Fatalf("a scrape shows %d reports up, want %d", up, size.apps)
					}
					return e, first
				}
				e, first := start()
				ours = append(ours, e.peak(b, size.scrapes, prometheusAccept))
				e, _ = start()
				all = append(all, e.peak(b, size.scrapes, prometheusAccept, "text/plain",
					"application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited"))

				series := filepath.Join(b.TempDir(), "series")
				writeFile(b, series, first)
				p := startServer(b, plain, series)
				p.scrape(b, prometheusAccept)
				theirs = append(theirs, p.peak(b, size.scrapes, prometheusAccept))
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(median(ours)/megabyte, "MB")
			b.ReportMetric(median(all)/megabyte, "MB-all-formats")
			b.ReportMetric(median(theirs)/megabyte, "MB-plain")
			b.ReportMetric(median(ours)/median(theirs), "x-plain")
		})
	}
}

// BenchmarkFirstScrape reports how long after its start the demo completes a
// scrape.
func BenchmarkFirstScrape(b *testing.B) {
	exporter := buildBinary(b, program)
	var took []float64
	for b.Loop() {
		for range 20 {
			begin := time.Now()
			p := startServer(b, exporter, "--demo", "--web.listen-address=127.0.0.1:0")
			text := p.scrape(b, prometheusAccept)
			took = append(took, 1e3*time.Since(begin).Seconds())
			if !strings.Contains(text, `realtimekit_report_up{app="demo-main-stage",report="livestreams"} 1`) {
				b.Fatal("the first scrape lacks the demo's numbers")
			}
			p.stop()
		}
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median(took), "ms")
	b.ReportMetric(took[0], "ms-fastest") // median has sorted them
}

// buildBinary builds a package, or a file that imports what this module has, as
// binaries are released.
func buildBinary(b *testing.B, what string) (binary string) {
	b.Helper()
	binary = filepath.Join(b.TempDir(), "program")
	cmd := exec.CommandContext(b.Context(), "go", "build", "-trimpath", "-ldflags=-s -w", "-o", binary, what)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("building %s: %v\n%s", what, err, out)
	}
	return binary
}

func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}

func writeFile(b *testing.B, file, text string) {
	b.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
}

func programConfig(url string, ids []string) string {
	var c strings.Builder
	c.WriteString("window_days: 30\n")
	fmt.Fprintf(&c, "api: {base_url: %q, rate_limit: {requests: %d, per: 5m}}\n", url, 5*len(ids))
	fmt.Fprintf(&c, "accounts:\n- {account_id: %s, api_token: %s, apps: [", loadAccount, loadToken)
	for _, id := range ids {
		fmt.Fprintf(&c, "\n  {app_id: %s, name: name of %s},", id, id)
	}
	return c.String() + "]}\n"
}

// A server is a process that serves metrics.
type server struct {
	cmd    *exec.Cmd
	client *http.Client
	url    string
}

// startServer starts a program and returns once it has logged its address.
func startServer(b *testing.B, name string, args ...string) *server {
	b.Helper()
	s := &server{cmd: exec.CommandContext(b.Context(), name, args...), client: &http.Client{Transport: &http.Transport{DisableCompression: true}}}
	stderr, err := s.cmd.StderrPipe()
	if err == nil {
		err = s.cmd.Start()
	}
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(s.stop)
	listening := regexp.MustCompile(`msg="Listening on" address=(\S+)`)
	for lines := bufio.NewScanner(stderr); s.url == ""; {
		if !lines.Scan() {
			b.Fatalf("%s has not logged its address: %v", name, lines.Err())
		}
		if m := listening.FindStringSubmatch(lines.Text()); m != nil {
			s.url = "http://" + m[1] + "/metrics"
		}
	}
	go func() { _, _ = io.Copy(io.Discard, stderr) }()
	return s
}

func (s *server) stop() {
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait() // it was killed, or has been waited for
	s.client.CloseIdleConnections()
}

// scrape scrapes as Prometheus does, and returns the text.
func (s *server) scrape(b *testing.B, accept string) string {
	b.Helper()
	req, err := http.NewRequestWithContext(b.Context(), http.MethodGet, s.url, http.NoBody)
	if err != nil {
		b.Fatal(err)
	}
	req.Header.Set("Accept", accept)
	req.Header.Set("Accept-Encoding", "gzip")
	req.Header.Set("X-Prometheus-Scrape-Timeout-Seconds", "60")
	resp, err := s.client.Do(req)
	if err != nil {
		b.Fatal(err)
	}
	defer resp.Body.Close()
	packed, err := gzip.NewReader(resp.Body)
	if err != nil {
		b.Fatal(err)
	}
	text, err := io.ReadAll(packed)
	if err != nil {
		b.Fatal(err)
	}
	return string(text)
}

// peak scrapes a number of times, with these values of Accept in turn, stops the process,
// and returns the most memory, in bytes, that it has had.
func (s *server) peak(b *testing.B, scrapes int, accept ...string) float64 {
	b.Helper()
	for i := range scrapes {
		s.scrape(b, accept[i%len(accept)])
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		b.Fatal(err)
	}
	m := regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindSubmatch(status)
	if m == nil {
		b.Fatalf("no VmHWM in:\n%s", status)
	}
	kb, err := strconv.ParseFloat(string(m[1]), 64)
	if err != nil {
		b.Fatal(err)
	}
	s.stop()
	return 1024 * kb
}

// plainProgram serves the samples of an exposition, as constant metrics. It reads
// them one by one, so that reading leaves nothing behind in memory.
const plainProgram = `package main

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

type constants []prometheus.Metric

func (c constants) Describe(ch chan<- *prometheus.Desc) {
	for _, m := range c {
		ch <- m.Desc()
	}
}

func (c constants) Collect(ch chan<- prometheus.Metric) {
	for _, m := range c {
		ch <- m
	}
}

func main() {
	file, err := os.Open(os.Args[1])
	if err != nil {
		panic(err)
	}
	var (
		all    constants
		desc   *prometheus.Desc
		name   string
		help   = map[string]string{}
		sample = regexp.MustCompile("^([a-z0-9_:]+)(?:{(.*)})? (\\S+)$")
		label  = regexp.MustCompile("([a-z0-9_]+)=\"([^\"]*)\"")
	)
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if h, ok := strings.CutPrefix(lines.Text(), "# HELP "); ok {
			of, text, _ := strings.Cut(h, " ")
			help[of] = text
			continue
		}
		m := sample.FindStringSubmatch(lines.Text())
		if m == nil {
			continue
		}
		var names, values []string
		for _, l := range label.FindAllStringSubmatch(m[2], -1) {
			names, values = append(names, strings.Clone(l[1])), append(values, strings.Clone(l[2]))
		}
		if m[1] != name {
			name = strings.Clone(m[1])
			text := help[name]
			if text == "" {
				text = help[strings.TrimSuffix(name, "_total")]
			}
			desc = prometheus.NewDesc(name, text, names, nil)
		}
		value, err := strconv.ParseFloat(m[3], 64)
		if err != nil {
			panic(err)
		}
		kind := prometheus.GaugeValue
		if strings.HasSuffix(name, "_total") {
			kind = prometheus.CounterValue
		}
		all = append(all, prometheus.MustNewConstMetric(desc, kind, value, values...))
	}
	file.Close()
	reg := prometheus.NewRegistry()
	reg.MustRegister(all)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Fprintf(os.Stderr, "msg=\"Listening on\" address=%s\n", l.Addr())
	http.Handle("/metrics", promhttp.HandlerFor(reg, promhttp.HandlerOpts{EnableOpenMetrics: true}))
	panic(http.Serve(l, nil))
}
`
