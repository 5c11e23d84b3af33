// Package transport has the HTTP transport for requests to the API: TLS, proxy and connections.
package transport

import (
	"fmt"
	"net/http"
	"time"

	promconfig "github.com/prometheus/common/config"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
	"github.com/realtimekit-exporter/realtimekit_exporter/cmd/realtimekit_exporter/internal/config"
)

// New returns the HTTP transport for requests to the API.
func New(c *config.Config) (*http.Transport, error) {
	tls, err := promconfig.NewTLSConfig(&c.API.TLS)
	if err != nil {
		return nil, fmt.Errorf("api.tls_config: %w", err)
	}
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.TLSClientConfig = tls
	// Keep no HTTP/1.1 connection: when a kept one breaks before the response,
	// net/http sends the request again on each other kept one, and the API may
	// have counted all of them. HTTP/2 connections are kept, and package api
	// prevents that a request is sent again on them.
	t.MaxIdleConnsPerHost = -1
	t.MaxResponseHeaderBytes = 64 << 10
	// Detect and replace a connection that has stopped responding, or it would
	// take every request until its timeout.
	t.HTTP2 = &http.HTTP2Config{SendPingTimeout: 15 * time.Second, PingTimeout: 10 * time.Second}
	t.OnProxyConnectResponse = api.CheckProxyResponse
	if c.API.ProxyURL != nil {
		t.Proxy = http.ProxyURL(c.API.ProxyURL)
	}
	return t, nil
}
