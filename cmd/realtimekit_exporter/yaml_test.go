package main

import (
	"fmt"
	"strings"
	"testing"
)

func TestALargeFileIsReadInFull(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("accounts:\n  - account_id: a\n    api_token: t\n    apps:\n")
	const apps = 20_000
	for i := range apps {
		fmt.Fprintf(&b, "      - app_id: app%d\n        name: n%d\n", i, i)
	}
	c, err := parseConfig("config.yml", []byte(b.String()), "")
	if err != nil {
		t.Fatal(err)
	}
	if got := len(c.Accounts[0].Apps); got != apps {
		t.Errorf("got %d apps, want %d", got, apps)
	}
}

func TestAliasesCannotMakeASmallFileHuge(t *testing.T) {
	t.Parallel()
	for name, app := range map[string]string{"apps with an id": "{app_id: x}", "apps without anything": "{}", "apps that are none": "x"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bomb := "accounts:\n  - &a\n    account_id: a\n    api_token: t\n    apps: [" + strings.Repeat(app+",", 20_000) + "]\n" + strings.Repeat("  - *a\n", 50_000)
			_, err := parseConfig("config.yml", []byte(bomb), "")
			if err == nil {
				t.Fatal("loads")
			}
			lines := strings.Split(err.Error(), "\n")
			if len(lines) != maxMistakes+1 || !strings.HasPrefix(lines[maxMistakes], "config.yml: and ") {
				t.Errorf("%d lines, the last: %s", len(lines), lines[len(lines)-1])
			}
		})
	}
}

func TestDeepNestingIsRefused(t *testing.T) {
	t.Parallel()
	for _, open := range []string{"[", "{a: ", "- "} {
		if _, err := parseConfig("config.yml", []byte(strings.Repeat(open, 200_000)), ""); err == nil {
			t.Errorf("%q: loads", open)
		}
	}
}

func TestEveryPrefixOfAFileIsRefusedWithoutItsToken(t *testing.T) {
	t.Parallel()
	const file = `{"accounts": [{"account_id": "a1", "api_token": "c4nary", "apps": [{"app_id": "one"}]}]}`
	const block = "accounts:\n  - account_id: a1\n    api_token: 'c4nary'\n    apps:\n      - app_id: 'one'\n"
	for _, text := range []string{file, block} {
		for i := range len(text) - 2 {
			_, err := parseConfig("config.yml", []byte(text[:i]), "")
			if err == nil || strings.Contains(err.Error(), canary) {
				t.Errorf("cut after %q: %v", text[:i], err)
			}
		}
	}
}
