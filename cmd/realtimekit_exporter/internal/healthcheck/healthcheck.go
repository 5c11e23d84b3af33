// Package healthcheck requests a running exporter's health.
package healthcheck

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const timeout = 3 * time.Second

// Check returns why the exporter does not respond with 200 at this URL, and what to
// do. The error does not contain the user name, the password or the query of the URL.
func Check(ctx context.Context, address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https" {
		return errors.New("--url or $REALTIMEKIT_HEALTH_URL: expected a URL like http://127.0.0.1:11780/-/healthy or https://…")
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	if err := request(ctx, u); err != nil {
		return fmt.Errorf("%s://%s%s: %w", u.Scheme, u.Host, u.EscapedPath(), err)
	}
	return nil
}

// request returns why the response is not a 200, and what to do.
func request(ctx context.Context, u *url.URL) error {
	transport := &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DisableKeepAlives:      true,
		MaxResponseHeaderBytes: 8 << 10,
	}
	if onLoopback(u.Hostname()) {
		transport.Proxy = nil
		transport.TLSClientConfig = &tls.Config{InsecureSkipVerify: true} // the connection stays on the machine, and certificates are rarely issued for 127.0.0.1
	}
	client := &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return errors.New("not a valid URL: see --url")
	}
	resp, err := client.Do(req)
	if err != nil {
		return explainFailure(err)
	}
	defer resp.Body.Close()
	return checkStatus(resp.StatusCode)
}

// onLoopback reports whether requests to a host stay on the machine.
func onLoopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

const (
	hintAddress  = "check the exporter's log, and that --url is its address"
	hintPassword = "if the exporter requires a password or a client certificate, start it with --web.health-address and use that address in --url"
)

// checkStatus refuses every status but 200.
func checkStatus(status int) error {
	hint := hintAddress
	switch {
	case status == http.StatusOK:
		return nil
	case status == http.StatusUnauthorized:
		hint = hintPassword
	case status == http.StatusBadRequest:
		hint = "if the exporter serves TLS, use https:// in --url"
	case status == http.StatusNotFound:
		hint = "check the path in --url, which is /-/healthy by default"
	case status >= 300 && status < 400:
		hint = "redirects are not followed, use the address of the exporter itself in --url"
	}
	return fmt.Errorf("HTTP status %d %s, expected 200: %s", status, http.StatusText(status), hint)
}

// explainFailure adds what to do to an error of the client.
func explainFailure(err error) error {
	// The error around it contains the URL.
	if outer := (*url.Error)(nil); errors.As(err, &outer) {
		err = outer.Err
	}
	hint := hintPassword
	var dial *net.OpError
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("no response within %s: %s", timeout, hintAddress)
	case errors.As(err, &dial) && dial.Op == "dial":
		hint = "check that the exporter is running, and that --url is its address"
	case errors.As(err, &certificate):
		hint = "add its issuer to $SSL_CERT_FILE, or use 127.0.0.1 in --url, where certificates are not verified"
	case errors.Is(err, http.ErrSchemeMismatch):
		hint = "use http:// in --url"
	}
	return fmt.Errorf("%w: %s", err, hint)
}
