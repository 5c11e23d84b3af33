package config

import (
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	promconfig "github.com/prometheus/common/config"
	"github.com/prometheus/common/model"
)

const (
	identifier  = "1 to 64 of A-Z a-z 0-9 _ -"
	tokenFormat = "an API token as displayed by Cloudflare"
	pemText     = "text (PEM), or \"\""
	year        = 365 * 24 * time.Hour
)

// fields are the keys of the file.
func (c *Config) fields() []field {
	return []field{
		integer("window_days", &c.WindowDays, 1, 366),
		values("reports", &c.Reports, 1, "report", "one of "+strings.Join(ReportNames(), ", "), parseReport),
		section("cache", &c.Cache,
			duration("ttl", &c.Cache.TTL, time.Second, year),
			duration("live_ttl", &c.Cache.LiveTTL, time.Second, year),
			duration("max_stale", &c.Cache.MaxStale, 0, year),
			scalar("directory", &c.Cache.Directory, "the path of a directory, or \"\"", parseText),
		),
		section("api", &c.API,
			leaf("base_url", &c.API.BaseURL, "https://host/path, or http to a loopback address", parseBaseURL, displayURL),
			duration("timeout", &c.API.Timeout, time.Millisecond, time.Hour),
			integer("max_in_flight", &c.API.MaxInFlight, 1, 1000),
			section("rate_limit", &c.API.RateLimit,
				integer("requests", &c.API.RateLimit.Requests, 3, 1_000_000),
				duration("per", &c.API.RateLimit.Per, time.Second, 24*time.Hour),
			),
			secret("proxy_url", &c.API.ProxyURL, "http://, https://, socks5:// or socks5h:// with a host, or \"\"", parseProxyURL),
			tlsSection("tls_config", &c.API.TLS),
		),
		list("accounts", "account", &c.Accounts, (*Account).fields),
	}
}

func (a *Account) fields() []field {
	return []field{
		scalar("account_id", &a.ID, identifier, parseIdentifier),
		scalar("api_token_file", &a.file, "the path of a file", parsePath),
		secret("api_token", &a.literal, tokenFormat, parseToken),
		discoverSection("discover", &a.Discover),
		list("apps", "app", &a.Apps, (*App).fields),
	}
}

func (a *App) fields() []field {
	return []field{
		scalar("app_id", &a.ID, identifier, parseIdentifier),
		scalar("name", &a.Name, "1 to 200 printable characters", printable(1, 200)),
		scalar("filters", &a.Filters, "at most 1000 printable characters", printable(0, 1000)),
	}
}

// tlsSection is Prometheus's block tls_config. Its certificates are hidden as well,
// because a private key may be among them.
func tlsSection(key string, t *promconfig.TLSConfig) field {
	const versions = "TLS10, TLS11, TLS12 or TLS13"
	return section(key, t,
		secret("ca", &t.CA, pemText, parseText),
		secret("cert", &t.Cert, pemText, parseText),
		secret("key", &t.Key, pemText, parseSecretText),
		scalar("ca_file", &t.CAFile, "the path of a file, or \"\"", parseText),
		scalar("cert_file", &t.CertFile, "the path of a file, or \"\"", parseText),
		scalar("key_file", &t.KeyFile, "the path of a file, or \"\"", parseText),
		scalar("server_name", &t.ServerName, "the name of a host, or \"\"", parseText),
		scalar("insecure_skip_verify", &t.InsecureSkipVerify, "true or false", parseBool),
		scalar("min_version", &t.MinVersion, versions, parseTLSVersion),
		scalar("max_version", &t.MaxVersion, versions, parseTLSVersion),
	)
}

// format formats the value that a leaf points to as in the file, unless its type is
// for secrets.
func format(into any) string {
	switch v := into.(type) {
	case *time.Duration:
		return model.Duration(*v).String()
	case *promconfig.TLSVersion:
		return v.String()
	case **url.URL, *promconfig.Secret:
		return ""
	case *string:
		return *v
	case *[]string:
		return "[" + strings.Join(*v, ", ") + "]"
	case *[]*regexp.Regexp:
		var texts []string
		for _, p := range *v {
			texts = append(texts, strconv.Quote(strings.TrimSuffix(strings.TrimPrefix(p.String(), "^(?s:"), ")$")))
		}
		return "[" + strings.Join(texts, ", ") + "]"
	case *int:
		return fmt.Sprint(*v)
	case *bool:
		return fmt.Sprint(*v)
	}
	panic(fmt.Sprintf("a leaf of type %T", into))
}
