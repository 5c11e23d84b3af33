package main

import (
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// baseURL is where the API is. Credentials would be sent to anyone in the
// clear, and a query or fragment has no place in front of a path.
func baseURL(n *yaml.Node) (string, string) {
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
		return "", "would send the token in the clear"
	}
	return strings.TrimRight(u.String(), "/"), ""
}

// proxyURL is nil for the proxy that the environment names.
func proxyURL(n *yaml.Node) (*url.URL, string) {
	v, wrong := parseText(n)
	if wrong != "" || v == "" {
		return nil, wrong
	}
	u, err := url.Parse(v)
	switch {
	case err != nil || !hasHost(u):
		return nil, "is not a URL with scheme and host"
	case !slices.Contains(proxySchemes(), u.Scheme):
		return nil, "has another scheme"
	}
	return u, ""
}

func proxySchemes() []string { return []string{"http", "https", "socks5", "socks5h"} }

// checkProxyVariable checks the variable that net/http takes the proxy from. It
// would ignore one that it cannot parse, and send requests without the proxy. The
// value may contain a password.
func checkProxyVariable(getenv func(string) string) error {
	name := "HTTPS_PROXY"
	if getenv(name) == "" {
		name = "https_proxy"
	}
	value := getenv(name)
	if value == "" {
		return nil
	}
	full := value
	if !strings.Contains(value, "://") { // net/http accepts host:port as well
		full = "http://" + value
	}
	u, err := url.Parse(full)
	if err != nil || !hasHost(u) || !slices.Contains(proxySchemes(), u.Scheme) {
		return fmt.Errorf("the value of $%s (not shown) is not the URL of a proxy: expected http://, https://, socks5:// or socks5h:// with a host", name)
	}
	return nil
}

func hasHost(u *url.URL) bool {
	port, err := strconv.ParseUint(u.Port(), 10, 16)
	return u.Hostname() != "" && (u.Port() == "" || err == nil && port > 0)
}

func isLoopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && addr.IsLoopback()
}
