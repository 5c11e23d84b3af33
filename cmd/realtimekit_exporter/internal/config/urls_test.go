package config

import (
	"strings"
	"testing"
)

func TestProxyVariable(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"HTTPS_PROXY", "https_proxy"} {
		for value, valid := range map[string]bool{
			"":                          true,
			"proxy.example":             true,
			"proxy.example:3128":        true,
			"http://proxy.example:3128": true,
			"https://user:" + canary + "@proxy.example":     true,
			"user:" + canary + "@proxy.example:3128":        true,
			"socks5h://proxy.example:1080":                  true,
			"http://user:" + canary + "@proxy.example:port": false,
			"user:" + canary + "@proxy.example:port":        false,
			"http://" + canary + "%zz@proxy.example":        false,
			"http://":                                       false,
			"ftp://" + canary + "@proxy.example":            false,
			canary + " proxy.example":                       false,
		} {
			err := checkProxyVariable(func(key string) string {
				if key == name {
					return value
				}
				return ""
			})
			if (err == nil) != valid {
				t.Errorf("%s=%s: %v", name, value, err)
			}
			if err != nil && (strings.Contains(err.Error(), canary) || !strings.HasPrefix(err.Error(), "the value of $"+name+" (hidden) ")) {
				t.Errorf("%s=%s: %v", name, value, err)
			}
		}
	}
}
