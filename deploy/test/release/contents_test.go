package release

import (
	"debug/buildinfo"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// expectLicenses compares the folder licenses with the modules of the binary.
func expectLicenses(t *testing.T, binary, unpacked string) {
	t.Helper()
	info, err := buildinfo.ReadFile(binary)
	if err != nil {
		t.Fatal(err)
	}
	modules := []string{"go"}
	for _, m := range info.Deps {
		modules = append(modules, m.Path)
	}
	files := list(t, filepath.Join(unpacked, "licenses"))
	used := make(map[string]bool)
	for _, module := range modules {
		found := false
		for _, file := range files {
			if strings.HasPrefix(file, module+"/") {
				used[file] = true
				found = found || path.Dir(file) == module && len(read(t, filepath.Join(unpacked, "licenses", file))) > 100
			}
		}
		if !found {
			t.Errorf("there is no license of %s", module)
		}
	}
	for _, file := range files {
		if !used[file] {
			t.Errorf("licenses/%s is of no module of the binary", file)
		}
	}
}

var (
	linkTarget = regexp.MustCompile(`(?:\]\(|\]: |href="|src="|srcset=")[^)\s"]+`)
	linkPrefix = regexp.MustCompile(`^(?:\]\(|\]: |href="|src="|srcset=")`)
)

// expectLinks follows every link of the archive's documents: relative ones to a file of the
// archive, those to a file of the repository at the version's tag to that file.
func expectLinks(t *testing.T, unpacked, version string) {
	t.Helper()
	tagged := regexp.MustCompile(`^https://github\.com/realtimekit-exporter/realtimekit_exporter/(?:blob|tree|raw)/v` + regexp.QuoteMeta(version) + `/(.+)$`)
	relative, absolute := 0, 0
	for _, document := range list(t, unpacked) {
		if path.Ext(document) != ".md" || strings.HasPrefix(document, "licenses/") {
			continue
		}
		for _, match := range linkTarget.FindAllString(string(read(t, filepath.Join(unpacked, document))), -1) {
			target, _, _ := strings.Cut(linkPrefix.ReplaceAllString(match, ""), "#")
			in, name := unpacked, path.Join(path.Dir(document), target)
			switch found := tagged.FindStringSubmatch(target); {
			case found != nil:
				in, name = root, found[1]
				absolute++
			case target == "" || strings.Contains(target, ":"):
				continue
			default:
				relative++
			}
			if _, err := fs.Stat(os.DirFS(in), name); err != nil {
				t.Errorf("%s: %s leads nowhere: %v", document, target, err)
			}
		}
	}
	if relative < 10 || absolute < 10 {
		t.Errorf("found only %d relative links, and %d to the repository", relative, absolute)
	}
}
