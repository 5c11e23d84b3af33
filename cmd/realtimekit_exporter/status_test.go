package main

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/cmd/realtimekit_exporter/internal/config"
	"github.com/realtimekit-exporter/realtimekit_exporter/cmd/realtimekit_exporter/internal/statuspage"
)

func TestStatusPage_Route(t *testing.T) {
	demo := newDemo(t)
	got := request(t, demo, http.MethodGet, "/status")
	if got.Code != http.StatusOK || got.Header().Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(got.Header().Get("Content-Security-Policy"), "'sha256-") {
		t.Errorf("got %d, %v", got.Code, got.Header())
	}
	if !strings.Contains(got.Body.String(), "<bdi>demo</bdi>: 1 account") {
		t.Errorf("the configuration is not on the page:\n%s", got.Body)
	}
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodPatch, http.MethodOptions} {
		if got := request(t, demo, method, "/status"); got.Code != http.StatusMethodNotAllowed || got.Header().Get("Allow") != "GET, HEAD" {
			t.Errorf("%s: got %d, Allow: %s", method, got.Code, got.Header().Get("Allow"))
		}
	}
	if got := request(t, demo, http.MethodGet, "/status/"); got.Code != http.StatusNotFound {
		t.Errorf("/status/: got %d", got.Code)
	}
	if got := request(t, healthHandler(t.Context()), http.MethodGet, "/status"); got.Code != http.StatusNotFound {
		t.Errorf("the listener for health checks: got %d", got.Code)
	}
}

func TestLandingPage_RelativeLinks(t *testing.T) {
	demo := newDemo(t, "--web.enable-pprof", "--web.telemetry-path=/a/metrics")
	got := request(t, demo, http.MethodGet, "/")
	var links []string
	for _, m := range regexp.MustCompile(`(?:href|src|action)="([^"]*)"`).FindAllStringSubmatch(got.Body.String(), -1) {
		if !strings.HasPrefix(m[1], "https://") { // of pprof.me
			links = append(links, m[1])
		}
	}
	want := "./a/metrics ./status ./-/healthy ./-/ready ./debug/pprof/heap ./debug/pprof/profile?seconds=60"
	if got.Code != http.StatusOK || strings.Join(links, " ") != want {
		t.Errorf("got %d with links %q, want %q", got.Code, links, want)
	}
}

// For the race detector.
func TestStatusPage_ConcurrentScrapesAndReloads(t *testing.T) {
	demo := newDemo(t, "--web.enable-lifecycle")
	var wg sync.WaitGroup
	for _, c := range [][2]string{{"GET", "/status"}, {"GET", "/status?app=demo&page=2"}, {"GET", "/metrics"}, {"POST", "/-/reload"}} {
		wg.Go(func() {
			for range 20 {
				if got := request(t, demo, c[0], c[1]); got.Code != http.StatusOK {
					t.Errorf("%v: got %d", c, got.Code)
				}
			}
		})
	}
	wg.Wait()
}

func TestStatusPage_Configuration(t *testing.T) {
	const text = `window_days: 5
cache: {ttl: 10m}
api:
  proxy_url: http://proxy-user:proxy-password@proxy.example:3128/secret-path?secret=query
  tls_config: {cert: certificate-text, key: key-text, ca_file: certs/ca.pem, min_version: TLS12}
accounts:
  - {account_id: first, api_token: the-token, apps: [{app_id: a}]}
  - {account_id: second, api_token_file: secrets/second, apps: [{app_id: b}]}
`
	loadedConfig, err := config.Parse("/etc/realtimekit/config.yml", []byte(text), func(string) string { return "" }, config.NewTokenFiles())
	if err != nil {
		t.Fatal(err)
	}
	loadedAt, refusedAt := time.Unix(1, 0), time.Unix(2, 0)
	refused := errors.New("a problem")
	c := (&reloadState{name: "config.yml", config: loadedConfig, at: loadedAt, refused: refused, refusedAt: refusedAt}).forStatusPage()
	if c.Name != "config.yml" || c.Summary != "2 accounts, 2 apps, 5 days" || c.LoadedAt != loadedAt || !errors.Is(c.Refused, refused) || c.RefusedAt != refusedAt {
		t.Errorf("got %+v", c)
	}
	if want := "map[first:api_token in the configuration second:api_token_file /etc/realtimekit/secrets/second]"; fmt.Sprint(c.TokenOrigins) != want {
		t.Errorf("got origins %v, want %s", c.TokenOrigins, want)
	}
	settings := make(map[string]statuspage.Setting)
	for _, s := range c.Settings {
		settings[s.Key] = s
	}
	for _, want := range []statuspage.Setting{
		{Key: "window_days", Value: "5"}, {Key: "cache.ttl", Value: "10m"}, {Key: "cache.max_stale", Value: "3d", Default: true},
		{Key: "api.base_url", Value: "https://api.cloudflare.com/client/v4", Default: true}, {Key: "api.rate_limit.per", Value: "5m", Default: true},
		{Key: "api.proxy_url", Value: "http://proxy.example:3128 (anything else is hidden)"},
		{Key: "api.tls_config.ca", Default: true}, {Key: "api.tls_config.cert", Value: "hidden"}, {Key: "api.tls_config.key", Value: "hidden"},
		{Key: "api.tls_config.ca_file", Value: "/etc/realtimekit/certs/ca.pem"}, {Key: "api.tls_config.min_version", Value: "TLS12"},
	} {
		if got := settings[want.Key]; got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
	for _, secret := range []string{"proxy-user", "proxy-password", "secret-path", "secret=query", "certificate-text", "key-text", "the-token"} {
		if strings.Contains(fmt.Sprintf("%+v", c), secret) {
			t.Errorf("%s is shown", secret)
		}
	}
}

// A client that does not read keeps no more of the page in memory than a scrape does.
func TestStatus_Compressed(t *testing.T) {
	w := request(t, newDemo(t), http.MethodGet, "/status", "Accept-Encoding", "gzip")
	if got := w.Header().Get("Content-Encoding"); got != "gzip" || w.Code != http.StatusOK {
		t.Errorf("got %d with encoding %q", w.Code, got)
	}
}
