package config

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
)

// checkProxyVariable checks the variable that net/http takes the proxy from. It
// would ignore one that it cannot parse, and send requests without the proxy. The
// value may contain a password.
func checkProxyVariable(env func(string) string) error {
	name := "HTTPS_PROXY"
	if env(name) == "" {
		name = "https_proxy"
	}
	value := env(name)
	if value == "" {
		return nil
	}
	full := value
	if !strings.Contains(value, "://") { // net/http accepts host:port as well
		full = "http://" + value
	}
	u, err := url.Parse(full)
	if err != nil || !hasHost(u) || !slices.Contains(proxySchemes(), u.Scheme) {
		return fmt.Errorf("the value of $%s (hidden) is not the URL of a proxy: expected http://, https://, socks5:// or socks5h:// with a host", name)
	}
	return nil
}

// ProxySecrets returns the credentials of the proxies that requests can be sent
// through: the password, or the user name if there is no password.
func (c *Config) ProxySecrets(env func(string) string) (secrets []api.Secret) {
	proxies := []*url.URL{c.API.ProxyURL}
	for _, name := range []string{"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"} {
		proxy, err := url.Parse(env(name))
		if err != nil || proxy.Host == "" { // net/http also accepts user:password@host:port
			proxy, err = url.Parse("http://" + env(name))
		}
		if err == nil {
			proxies = append(proxies, proxy)
		}
	}
	for _, proxy := range proxies {
		if proxy == nil || proxy.User == nil {
			continue
		}
		secret, ok := proxy.User.Password()
		if !ok {
			secret = proxy.User.Username()
		}
		secrets = append(secrets, api.Secret(secret))
	}
	return secrets
}
