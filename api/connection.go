package api

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
)

// connectionError is for a request that got no complete response.
func connectionError(ctx context.Context, app App, err error) *Error {
	var refused proxyRefusalError
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return &Error{Reason: ReasonTimeout, text: "no complete response within api.timeout: the API or the network path is slow", cause: ctx.Err()}
	case errors.As(err, &refused):
		return &Error{Reason: ReasonNetwork, text: refused.Error(), cause: err}
	}
	text := "the connection to the API failed"
	if detail := connectionDetail(err); detail != "" && !app.reveals(detail) {
		text += ": " + detail
	}
	return &Error{Reason: ReasonNetwork, text: text + " (check DNS, firewall, proxy and api.tls_config)", cause: err}
}

// connectionDetail describes errors of known types. The text of any other error
// can repeat what a server or a proxy sent, which can be a secret.
func connectionDetail(err error) string {
	var (
		dns    *net.DNSError
		cert   *tls.CertificateVerificationError
		record tls.RecordHeaderError
		stream http2StreamError
		errno  syscall.Errno
		op     *net.OpError
		at     string
	)
	if errors.As(err, &op) {
		at = op.Op + ": "
		if op.Addr != nil {
			at = op.Op + " " + op.Addr.String() + ": "
		}
		if inner := new(net.OpError); op.Op == "proxyconnect" && errors.As(op.Err, &inner) && inner.Addr != nil {
			at += inner.Op + " " + inner.Addr.String() + ": "
		}
	}
	timeout, ok := errors.AsType[net.Error](err)
	switch {
	case errors.Is(err, errSentOnce), errors.Is(err, errConnections):
		return err.Error()
	case errors.As(err, &dns):
		return dns.Error()
	case errors.As(err, &cert):
		return at + "tls: failed to verify certificate: " + certificateDetail(cert.Err)
	case errors.As(err, &record):
		return at + "tls: first record does not look like a TLS handshake"
	case op != nil && op.Op == "remote error": // of crypto/tls: an alert, by its number
		return at + op.Err.Error()
	case errors.As(err, &stream):
		return fmt.Sprintf("the HTTP/2 stream was reset with code %d", stream.Code)
	case errors.As(err, &errno):
		return at + errno.Error()
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return at + "the connection was closed before the response was complete"
	case ok && timeout.Timeout():
		return at + "timeout"
	case op != nil && strings.HasPrefix(op.Op, "socks"):
		return at + "the proxy refused"
	}
	return ""
}

// http2StreamError has the fields of net/http's error of that name, which can be
// read by [errors.As].
type http2StreamError struct {
	StreamID uint32
	Code     uint32
	Cause    error
}

// Error implements [error].
func (e http2StreamError) Error() string { return fmt.Sprintf("HTTP/2 stream error %d", e.Code) }

// certificateDetail describes the problem of a certificate, without its names.
func certificateDetail(err error) string {
	var (
		host    x509.HostnameError
		unknown x509.UnknownAuthorityError
		invalid x509.CertificateInvalidError
	)
	switch {
	case errors.As(err, &host):
		return "x509: certificate is not valid for " + host.Host
	case errors.As(err, &unknown):
		return "x509: certificate signed by unknown authority"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return invalid.Error() // with the time now and that of the certificate
	}
	return "x509: certificate is invalid"
}

// A proxyRefusalError is the status of a proxy's refusal to connect to the API.
type proxyRefusalError int

// Error implements [error]. The text of the proxy is omitted, because it can
// contain the user name and password that it received.
func (status proxyRefusalError) Error() string {
	if status == http.StatusProxyAuthRequired {
		return "the proxy refused the connection to the API (CONNECT: HTTP 407): check user name and password in api.proxy_url or HTTPS_PROXY"
	}
	return fmt.Sprintf("the proxy refused the connection to the API (CONNECT: HTTP %d): check api.proxy_url or HTTPS_PROXY, and whether the proxy allows the host of api.base_url", int(status))
}

// CheckProxyResponse is for [http.Transport.OnProxyConnectResponse]. Without it, the
// error of a request does not say that a proxy refused.
func CheckProxyResponse(_ context.Context, _ *url.URL, _ *http.Request, r *http.Response) error {
	if r.StatusCode != http.StatusOK {
		return proxyRefusalError(r.StatusCode)
	}
	return nil
}
