package config

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestParse_LargeFile(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("accounts:\n  - account_id: a\n    api_token: t\n    apps:\n")
	const apps = 20_000
	for i := range apps {
		fmt.Fprintf(&b, "      - app_id: app%d\n        name: n%d\n", i, i)
	}
	c, err := parse([]byte(b.String()), "")
	if err != nil {
		t.Fatal(err)
	}
	if got := len(c.Accounts[0].Apps); got != apps {
		t.Errorf("got %d apps, want %d", got, apps)
	}
}

func TestParse_AliasesAreLimited(t *testing.T) {
	t.Parallel()
	for name, app := range map[string]string{"apps with an id": "{app_id: x}", "apps without anything": "{}", "apps that are none": "x"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bomb := "accounts:\n  - &a\n    account_id: a\n    api_token: t\n    apps: [" + strings.Repeat(app+",", 20_000) + "]\n" + strings.Repeat("  - *a\n", 50_000)
			_, err := parse([]byte(bomb), "")
			if err == nil {
				t.Fatal("valid")
			}
			lines := strings.Split(err.Error(), "\n")
			if len(lines) != maxProblems+1 || !strings.HasPrefix(lines[maxProblems], "config.yml: and ") {
				t.Errorf("%d lines, the last: %s", len(lines), lines[len(lines)-1])
			}
		})
	}
}

func TestParse_MergeKeysAreLimited(t *testing.T) {
	t.Parallel()
	var big strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&big, "k%d: 1, ", i)
	}
	doubled := "  - &m0 {<<: *big}\n"
	for i := range 40 {
		doubled += fmt.Sprintf("  - &m%d {<<: [*m%d, *m%d]}\n", i+1, i, i)
	}
	for name, merges := range map[string]string{
		"one mapping many times": "  - <<: [" + strings.Repeat("*big,", 100_000) + "]\n",
		"doubled in each step":   doubled,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := parse([]byte("accounts:\n  - &big {"+big.String()+"}\n"+merges), "")
			if err == nil || strings.Count(err.Error(), "\n") > maxProblems {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestParse_MergeListsAreLimited(t *testing.T) {
	t.Parallel()
	file := "accounts:\n  - <<: &empty [" + strings.Repeat("{},", 20_000) + "]\n" + strings.Repeat("  - {<<: *empty}\n", 20)
	if _, err := parse([]byte(file), ""); err == nil || !strings.Contains(err.Error(), "config.yml: is too large") {
		t.Errorf("got %v", err)
	}
}

func TestParse_LineAfterALongLine(t *testing.T) {
	t.Parallel()
	_, err := parse([]byte("# "+strings.Repeat("x", 100_000)+"\naccounts:\n\t- account_id: a\n"), "")
	if err == nil || !strings.HasPrefix(err.Error(), "config.yml:3: is not YAML: ") {
		t.Errorf("got %v", err)
	}
}

func TestParse_MergeKeys(t *testing.T) {
	t.Parallel()
	c, err := parse(contents(t, "testdata/good/merge_keys.yml"), "")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, a := range c.Accounts {
		for _, v := range a.Apps {
			got = append(got, fmt.Sprintf("%s %s %s %s %v", a.ID, v.ID, v.Name, v.Filters, a.Token))
		}
	}
	want := []string{
		"a1 one one kind=live api_token in the configuration",
		"a1 two two kind=live api_token in the configuration",
		"a2 three three kind=live api_token in the configuration",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestParse_DeepNesting(t *testing.T) {
	t.Parallel()
	for _, open := range []string{"[", "{a: ", "- "} {
		if _, err := parse([]byte(strings.Repeat(open, 200_000)), ""); err == nil {
			t.Errorf("%q: valid", open)
		}
	}
}

func TestParse_TruncatedFileHidesItsToken(t *testing.T) {
	t.Parallel()
	const file = `{"accounts": [{"account_id": "a1", "api_token": "c4nary", "apps": [{"app_id": "one"}]}]}`
	const block = "accounts:\n  - account_id: a1\n    api_token: 'c4nary'\n    apps:\n      - app_id: 'one'\n"
	for _, text := range []string{file, block} {
		for i := range len(text) - 2 {
			_, err := parse([]byte(text[:i]), "")
			if err == nil || strings.Contains(err.Error(), canary) {
				t.Errorf("cut after %q: %v", text[:i], err)
			}
		}
	}
}
