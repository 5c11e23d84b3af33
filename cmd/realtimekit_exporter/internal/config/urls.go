package config

import (
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// parseBaseURL parses the URL of the API. Credentials in it would be sent to anyone
// unencrypted, and a path cannot follow a query or a fragment.
func parseBaseURL(n *yaml.Node) (string, string) {
	v, wrong := parseText(n)
	if wrong != "" {
		return "", wrong
	}
	u, err := url.Parse(v)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || !hasHost(u):
		return "", "is not a URL with scheme and host"
	case u.User != nil:
		return "", "has user info"
	case strings.Contains(v, "?"):
		return "", "has a query"
	case strings.Contains(v, "#"):
		return "", "has a fragment"
	case u.Scheme == "http" && !isLoopback(u.Hostname()):
		return "", "would send the token unencrypted"
	}
	return strings.TrimRight(u.String(), "/"), ""
}

func hasHost(u *url.URL) bool {
	port, err := strconv.ParseUint(u.Port(), 10, 16)
	return u.Hostname() != "" && (u.Port() == "" || err == nil && port > 0)
}

func isLoopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && addr.IsLoopback()
}

// parseProxyURL returns nil for the proxy of the environment.
func parseProxyURL(n *yaml.Node) (*url.URL, string) {
	v, wrong := parseText(n)
	if wrong != "" || v == "" {
		return nil, wrong
	}
	u, err := url.Parse(v)
	switch {
	case err != nil || !hasHost(u):
		return nil, "is not a URL with scheme and host"
	case !slices.Contains(proxySchemes(), u.Scheme):
		return nil, "has an unsupported scheme"
	}
	return u, ""
}

func proxySchemes() []string { return []string{"http", "https", "socks5", "socks5h"} }
