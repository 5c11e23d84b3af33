package healthcheck

import (
	"net/url"
	"testing"
)

func TestOnLoopback(t *testing.T) {
	for address, want := range map[string]bool{
		"http://127.0.0.1:11780/":      true,
		"http://127.255.255.254/":      true,
		"http://[::1]:11780/":          true,
		"http://[::ffff:127.0.0.1]/":   true,
		"http://localhost:11780/":      true,
		"http://LocalHost/":            true,
		"http://128.0.0.1/":            false,
		"http://0.0.0.0/":              false,
		"http://10.0.0.1/":             false,
		"http://[::2]/":                false,
		"http://localhost.example/":    false,
		"http://127.0.0.1.example/":    false,
		"http://localhost@10.0.0.1/":   false,
		"http://127.0.0.1@10.0.0.1/":   false,
		"http://exporter:11780/metric": false,
	} {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		if got := onLoopback(u.Hostname()); got != want {
			t.Errorf("%s: %v", address, got)
		}
	}
}
