package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// chart returns the packaged Helm chart by name. `helm package` writes the current time,
// so its packages differ.
func (r release) chart() (map[string][]byte, error) {
	const name = "realtimekit-exporter"
	folder := filepath.Join(r.root, "deploy/helm", name)
	var files []file
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(folder, path)
		if err != nil {
			return err
		}
		if d.IsDir() {
			if rel == "ci" { // as .helmignore has it
				return fs.SkipDir
			}
			return nil
		}
		content, err := os.ReadFile(path) // follows links
		if err != nil {
			return err
		}
		files = append(files, file{name: filepath.ToSlash(rel), mode: 0o644, content: content})
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		if f.name == "Chart.yaml" && !bytes.Contains(f.content, []byte("\nversion: "+r.version+"\nappVersion: "+r.version+"\n")) {
			return nil, fmt.Errorf("version and appVersion in %s: expected %s", filepath.Join(folder, f.name), r.version)
		}
	}
	archive, err := tarGzip(name, r.time, files)
	if err != nil {
		return nil, err
	}
	return map[string][]byte{name + "-" + r.version + ".tgz": archive}, nil
}
