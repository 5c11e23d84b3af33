package main

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
)

const repository = "https://github.com/realtimekit-exporter/realtimekit_exporter"

// link matches the target of a link or a picture, in Markdown and in HTML.
var link = regexp.MustCompile(`(\]\(|\]: |(?:href|src|srcset)=")([^)\s"]+)`)

// relink replaces each relative link to a file of the repository that is not among the
// files by its URL at the version's tag.
func (r release) relink(files []file) []file {
	has := make(map[string]bool)
	for _, f := range files {
		for name := f.name; name != "."; name = path.Dir(name) {
			has[name] = true // and its folders
		}
	}
	var all []file
	for _, f := range files {
		if path.Ext(f.name) == ".md" {
			f.content = link.ReplaceAllFunc(f.content, func(match []byte) []byte {
				parts := link.FindSubmatch(match)
				return append(parts[1], r.target(f.name, string(parts[2]), has)...)
			})
		}
		all = append(all, f)
	}
	return all
}

// target returns the target of a link in a file, as it is or as a URL.
func (r release) target(from, to string, has map[string]bool) string {
	relative, anchor, found := strings.Cut(to, "#")
	if found {
		anchor = "#" + anchor
	}
	if relative == "" || strings.Contains(relative, ":") {
		return to
	}
	name := path.Join(path.Dir(from), relative)
	info, err := os.Stat(filepath.Join(r.root, filepath.FromSlash(name)))
	if err != nil || has[name] {
		return to // one that is broken in the repository stays broken, and a test finds it
	}
	view := "blob"
	switch {
	case info.IsDir():
		view = "tree"
	case path.Ext(name) == ".png":
		view = "raw"
	}
	return repository + "/" + view + "/v" + r.version + "/" + name + anchor
}
