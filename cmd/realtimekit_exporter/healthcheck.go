package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/alecthomas/kingpin/v2"
)

const (
	healthURL      = "http://127.0.0.1:11780/-/healthy"
	healthVariable = "REALTIMEKIT_HEALTH_URL"
	healthTimeout  = 3 * time.Second
)

// healthcheckCommand defines the command healthcheck. Container engines run it,
// because the image has no shell and no curl.
func healthcheckCommand(app *kingpin.Application) *command {
	c := app.Command("healthcheck", "For health checks of containers: exit with 0 if a running exporter responds with 200, else print why not and exit with 1.")
	address := c.Flag("url", "URL of the health check. A certificate is not verified on loopback. If the exporter requires a password, use its --web.health-address.").
		Default(healthURL).Envar(healthVariable).String()
	return &command{clause: c, run: func(ctx context.Context, _ io.Writer) error { return healthcheck(ctx, *address) }}
}

// healthcheck returns why the exporter at this URL is not healthy.
func healthcheck(ctx context.Context, address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https" {
		return fmt.Errorf("--url or $%s: expected an address like %s or https://…", healthVariable, healthURL)
	}
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	if err := requestHealth(ctx, u); err != nil {
		// Without user name, password and query, which do not belong in a log.
		return fmt.Errorf("%s://%s%s: %w", u.Scheme, u.Host, u.EscapedPath(), err)
	}
	return nil
}

// requestHealth returns why the response is not a 200, and what to do.
func requestHealth(ctx context.Context, u *url.URL) error {
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

// explainFailure says what to do about an error of the client.
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
		return fmt.Errorf("no response within %s: %s", healthTimeout, hintAddress)
	case errors.As(err, &dial) && dial.Op == "dial":
		hint = "check that the exporter is running, and that --url is its address"
	case errors.As(err, &certificate):
		hint = "add its issuer to $SSL_CERT_FILE, or use 127.0.0.1 in --url, where certificates are not verified"
	case errors.Is(err, http.ErrSchemeMismatch):
		hint = "use http:// in --url"
	}
	return fmt.Errorf("%w: %s", err, hint)
}
