package main

import (
	"net/url"
	"os"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
)

// proxySecrets are the credentials of the proxies that requests can be sent through:
// the password, or the user name if there is no password.
func (c *config) proxySecrets() (secrets []api.Secret) {
	proxies := []*url.URL{c.API.ProxyURL}
	for _, name := range []string{"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"} {
		proxy, err := url.Parse(os.Getenv(name))
		if err != nil || proxy.Host == "" { // net/http also accepts user:password@host:port
			proxy, err = url.Parse("http://" + os.Getenv(name))
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
