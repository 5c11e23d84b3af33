package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestDocs_Links(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)#\s]*)(?:#([^)]+))?\)`)
	for _, pattern := range []string{"../../*.md", "../../docs/*.md", "../../docs/development/*.md"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: found %d files, %v", pattern, len(files), err)
		}
		for _, file := range files {
			for _, found := range link.FindAllStringSubmatch(readDoc(t, file), -1) {
				target, anchor := found[1], found[2]
				if strings.Contains(target, "://") {
					continue
				}
				path := file
				if target != "" {
					path = filepath.Join(filepath.Dir(file), target)
				}
				if _, err := os.Stat(path); err != nil {
					t.Errorf("%s links to %s: %v", file, target, err)
				} else if anchor != "" && !slices.Contains(anchors(readDoc(t, path)), anchor) {
					t.Errorf("%s links to %s#%s: there is no such heading", file, target, anchor)
				}
			}
		}
	}
}

func readDoc(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// anchors returns the anchors that GitHub gives to the headings of a page.
func anchors(page string) (all []string) {
	code := regexp.MustCompile("(?ms)^ *```.*?^ *```$")
	heading := regexp.MustCompile(`(?m)^#+ (.+)$`)
	for _, found := range heading.FindAllStringSubmatch(code.ReplaceAllString(page, ""), -1) {
		all = append(all, strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case r == '-' || r == '_' || r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
				return r
			}
			return -1
		}, strings.ToLower(found[1])))
	}
	return all
}
