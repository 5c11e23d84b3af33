package config

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

const exampleFile = "../../../../config.example.yml"

func TestExample_HasTheDefaults(t *testing.T) {
	t.Parallel()
	c, _, err := Load(exampleFile, environment(""), nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []Account{{
		ID:    "023e105f4ecef8ad9ca31a8372d0c353",
		Token: (*TokenFiles)(nil).token("/run/secrets/cloudflare_api_token"),
		Apps:  []App{{ID: "5f0a7c1e-3b54-4d3e-9d3f-2a1b6c7d8e9f", Name: "main-stage"}},
	}}
	if !reflect.DeepEqual(c.Accounts, want) {
		t.Errorf("got %+v", c.Accounts)
	}
	c.Accounts = nil
	if want := Default(); !reflect.DeepEqual(*c, want) {
		t.Errorf("got  %+v\nwant %+v", *c, want)
	}
}

func TestExample_OptionalKeys(t *testing.T) {
	t.Parallel()
	needed, _, found := strings.Cut(string(contents(t, exampleFile)), "# ---- optional")
	if !found {
		t.Fatal("the example has no line that begins the optional keys")
	}
	if _, err := parse([]byte(needed), ""); err != nil {
		t.Error(err)
	}
}

func TestExample_HasEveryKey(t *testing.T) {
	t.Parallel()
	data := contents(t, exampleFile)
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	given := pathsOf("", doc.Content[0])
	// These are mutually exclusive with a key of the example, or not needed with it.
	commented := map[string]string{
		"accounts[].discover.include":  "#   include: ",
		"accounts[].discover.exclude":  "#   exclude: ",
		"accounts[].discover.interval": "#   interval: ",
		"accounts[].api_token":         "# api_token: ",
		"api.tls_config.ca":            "# ca: ",
		"api.tls_config.cert":          "# cert: ",
		"api.tls_config.key":           "# key: ",
	}
	for _, key := range configKeys() {
		switch comment := commented[key.Path]; {
		case comment == "" && !slices.Contains(given, key.Path):
			t.Errorf("%s is missing", key.Path)
		case comment != "" && !strings.Contains(string(data), comment):
			t.Errorf("%s is missing, even as a comment", key.Path)
		}
	}
}

func TestSchema_Keys(t *testing.T) {
	t.Parallel()
	var got strings.Builder
	for _, key := range configKeys() {
		fmt.Fprintf(&got, "%s=%s\n", key.Path, key.Default)
	}
	const want = `window_days=35
reports=[livestreams]
cache.ttl=15m
cache.live_ttl=2m
cache.max_stale=3d
cache.directory=
api.base_url=https://api.cloudflare.com/client/v4
api.timeout=30s
api.max_in_flight=8
api.rate_limit.requests=300
api.rate_limit.per=5m
api.proxy_url=
api.tls_config.ca=
api.tls_config.cert=
api.tls_config.key=
api.tls_config.ca_file=
api.tls_config.cert_file=
api.tls_config.key_file=
api.tls_config.server_name=
api.tls_config.insecure_skip_verify=false
api.tls_config.min_version=
api.tls_config.max_version=
accounts[].account_id=
accounts[].api_token_file=
accounts[].api_token=
accounts[].discover.include=[".*"]
accounts[].discover.exclude=[]
accounts[].discover.interval=15m
accounts[].apps[].app_id=
accounts[].apps[].name=
accounts[].apps[].filters=
`
	if got.String() != want {
		t.Errorf("got:\n%s\nwant:\n%s", &got, want)
	}
}

// pathsOf returns the paths of all leaves below n, in the form of configKeys.
func pathsOf(prefix string, n *yaml.Node) []string {
	switch n.Kind {
	case yaml.MappingNode:
		var all []string
		for i := 0; i < len(n.Content); i += 2 {
			path := strings.TrimPrefix(prefix+"."+n.Content[i].Value, ".")
			all = append(all, pathsOf(path, n.Content[i+1])...)
		}
		return all
	case yaml.SequenceNode:
		if len(n.Content) == 0 || n.Content[0].Kind == yaml.ScalarNode {
			return []string{prefix}
		}
		return pathsOf(prefix+"[]", n.Content[0])
	}
	return []string{prefix}
}
