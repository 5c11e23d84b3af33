package main

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestRelink_Targets(t *testing.T) {
	r := release{root: "../../..", version: "1.2.3"}
	const tag = "v1.2.3"
	for link, want := range map[string]string{
		"](rules.md)":                         "](rules.md)",
		"](rules.md#load)":                    "](rules.md#load)",
		"](#size)":                            "](#size)",
		"](https://example.com)":              "](https://example.com)",
		"](../dashboards)":                    "](../dashboards)",
		"](../dashboards/rules/alerts.yml)":   "](../dashboards/rules/alerts.yml)",
		"](../CONTRIBUTING.md#tests)":         "](" + repository + "/blob/" + tag + "/CONTRIBUTING.md#tests)",
		"](../deploy/compose)":                "](" + repository + "/tree/" + tag + "/deploy/compose)",
		"![a](images/status.png)":             "![a](" + repository + "/raw/" + tag + "/docs/images/status.png)",
		`<img src="images/status.png">`:       `<img src="` + repository + "/raw/" + tag + `/docs/images/status.png">`,
		`<source srcset="images/status.png">`: `<source srcset="` + repository + "/raw/" + tag + `/docs/images/status.png">`,
		"[a]: ../CONTRIBUTING.md":             "[a]: " + repository + "/blob/" + tag + "/CONTRIBUTING.md",
		"](nowhere.md)":                       "](nowhere.md)",
	} {
		files := r.relink([]file{
			{name: "docs/deploy.md", content: []byte(link)},
			{name: "docs/rules.md"}, {name: "dashboards/rules/alerts.yml", content: []byte(link)},
		})
		if got := string(files[0].content); got != want {
			t.Errorf("%s becomes %s, want %s", link, got, want)
		}
		if got := string(files[2].content); got != link {
			t.Errorf("in a file that is not Markdown, %s becomes %s", link, got)
		}
	}
}

func TestPackaged_UnexpectedUnit(t *testing.T) {
	for _, name := range []string{program + ".service", "loopback.conf"} {
		r := release{root: t.TempDir()}
		write(t, r.path("deploy/systemd/"+name), "[Service]\n")
		if _, err := r.packaged(name, t.TempDir()); err == nil {
			t.Errorf("%s without the lines that are replaced is accepted", name)
		}
	}
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(content), 0o644)); err != nil {
		t.Fatal(err)
	}
}
