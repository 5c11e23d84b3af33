package config

import (
	"strings"
	"testing"
)

func TestWarnings_SwappedIDs(t *testing.T) {
	t.Parallel()
	const account, app = "023e105f4ecef8ad9ca31a8372d0c353", "5f0a7c1e-3b54-4d3e-9d3f-2a1b6c7d8e9f"
	for name, c := range map[string]struct {
		account, app string
		want         []string // the paths of the keys
	}{
		"right":                       {account, app, nil},
		"swapped":                     {app, account, []string{"accounts[0].account_id", "accounts[0].apps[0].app_id"}},
		"the app's ID in both":        {app, app, []string{"accounts[0].account_id"}},
		"the account's ID in both":    {account, account, []string{"accounts[0].apps[0].app_id"}},
		"forms that Cloudflare lacks": {"studio", "concerts", nil},
	} {
		text := "accounts:\n- account_id: " + c.account + "\n  api_token: " + canary + "\n  apps:\n  - app_id: " + c.app + "\n"
		parsed, err := parse([]byte(text), "")
		if err != nil {
			t.Fatal(err)
		}
		if len(parsed.Warnings) != len(c.want) {
			t.Errorf("%s: got %q, want %d warnings", name, parsed.Warnings, len(c.want))
			continue
		}
		for i, path := range c.want {
			if !strings.Contains(parsed.Warnings[i], " "+path+": ") {
				t.Errorf("%s: got %q, want one about %s", name, parsed.Warnings[i], path)
			}
		}
	}
}

func TestFromEnvironment_AppIDAsAccountID(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]int{"023e105f4ecef8ad9ca31a8372d0c353": 0, "5f0a7c1e-3b54-4d3e-9d3f-2a1b6c7d8e9f": 1} {
		c, err := FromEnvironment(func(name string) string {
			return map[string]string{AccountVariable: id, TokenVariable: canary}[name]
		})
		if err != nil || len(c.Warnings) != want {
			t.Errorf("%s: got %v and %v, want %d warnings", id, c, err, want)
		}
	}
}
