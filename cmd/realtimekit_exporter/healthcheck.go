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

// healthCommand is the one command beside the flags: a container engine asks with
// it, since there is no shell and no curl in the image.
const healthCommand = "healthcheck"

const (
	healthURL      = "http://127.0.0.1:11780/-/healthy"
	healthVariable = "REALTIMEKIT_HEALTH_URL"
	healthTimeout  = 3 * time.Second
)

// newHealthApp returns the command line behind healthcheck and where its value goes.
func newHealthApp() (*kingpin.Application, *string) {
	app := kingpin.New(program+" "+healthCommand, "Ask a running exporter whether it is healthy, and exit with 0 when it answers 200. Else say why not and exit with 1.")
	app.HelpFlag.Short('h')
	address := app.Flag("url", "What to ask. A certificate is not verified on loopback. If the exporter asks for a password, point this to its --web.health-address.").
		Default(healthURL).Envar(healthVariable).String()
	return app, address
}

// healthcheck is the program when it is told to look after another one.
func healthcheck(ctx context.Context, args []string, stdout io.Writer) error {
	app, address := newHealthApp()
	if proceed, err := parse(app, args, stdout); err != nil {
		// Not err, which may repeat an address, and with it a password.
		return fmt.Errorf("%s takes --url=… and nothing else (see %s --help)", healthCommand, healthCommand)
	} else if !proceed {
		return nil
	}
	u, err := url.Parse(*address)
	if err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https" {
		return fmt.Errorf("--url or $%s: expected an address like %s or https://…", healthVariable, healthURL)
	}
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	if err := askHealth(ctx, u); err != nil {
		// Without a name, a password or a query, which nobody should read in a log.
		return fmt.Errorf("%s://%s%s: %w", u.Scheme, u.Host, u.EscapedPath(), err)
	}
	return nil
}

// askHealth returns why the answer is not a 200, and what to do.
func askHealth(ctx context.Context, u *url.URL) error {
	transport := &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DisableKeepAlives:      true,
		MaxResponseHeaderBytes: 8 << 10,
	}
	if onLoopback(u.Hostname()) {
		transport.Proxy = nil
		transport.TLSClientConfig = &tls.Config{InsecureSkipVerify: true} // nobody is in between, and it is rarely issued for 127.0.0.1
	}
	client := &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return errors.New("no request can be made of it: see --url")
	}
	resp, err := client.Do(req)
	if err != nil {
		return noAnswer(err)
	}
	defer resp.Body.Close()
	return judge(resp.StatusCode)
}

// onLoopback tells whether an address never leaves the machine.
func onLoopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

const hintPassword = "if it asks for a password or a client certificate, start it with --web.health-address and point --url there"

// judge tells a status of health from any other.
func judge(status int) error {
	hint := "look at the exporter's log, and whether --url is its address"
	switch {
	case status == http.StatusOK:
		return nil
	case status == http.StatusUnauthorized:
		hint = hintPassword
	case status == http.StatusBadRequest:
		hint = "if it serves TLS, write https:// in --url"
	case status == http.StatusNotFound:
		hint = "check --url, whose path is /-/healthy"
	case status >= 300 && status < 400:
		hint = "it is not followed, so point --url to where it leads"
	}
	return fmt.Errorf("answered %d %s, expected 200: %s", status, http.StatusText(status), hint)
}

// noAnswer explains an error of the client.
func noAnswer(err error) error {
	// What the client puts around it holds the address.
	if outer := (*url.Error)(nil); errors.As(err, &outer) {
		err = outer.Err
	}
	hint := hintPassword
	var dial *net.OpError
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("no answer within %s: look at the exporter's log, and whether --url is its address", healthTimeout)
	case errors.As(err, &dial) && dial.Op == "dial":
		hint = "is the exporter running, and is --url its address?"
	case errors.As(err, &certificate):
		hint = "make its issuer trusted by $SSL_CERT_FILE, or ask on 127.0.0.1, where certificates are not verified"
	case errors.Is(err, http.ErrSchemeMismatch):
		hint = "write http:// in --url"
	}
	return fmt.Errorf("%w: %s", err, hint)
}
