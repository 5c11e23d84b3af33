package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// licenseName matches the files that a license asks to pass on with the program.
var licenseName = regexp.MustCompile(`(?i)^(licen[cs]e|copying|notice|patents)([-.].*)?$`)

// licenses returns the license files of each module that is linked into the binary, and
// of Go itself, below licenses/ and the path of the module. A package that was copied
// into a module often has a license of its own, so the folders of the linked packages are
// searched too.
func (r release) licenses(ctx context.Context, p platform) ([]file, error) {
	const format = "{{with .Module}}{{if not .Main}}{{.Path}}\t{{.Dir}}\t{{$.Dir}}{{end}}{{end}}"
	out, err := r.goList(ctx, p, "list", "-deps", "-f", format, "./cmd/"+program)
	if err != nil {
		return nil, err
	}
	found := make(map[string]file)
	count := make(map[string]int) // of the files, by module
	for line := range strings.Lines(out) {
		fields := strings.Split(strings.TrimSpace(line), "\t")
		if len(fields) != 3 {
			continue
		}
		module, root := fields[0], fields[1]
		for dir := fields[2]; ; dir = filepath.Dir(dir) {
			files, err := licensesIn(root, dir, "licenses/"+module)
			if err != nil {
				return nil, err
			}
			for _, f := range files {
				found[f.name] = f
			}
			count[module] += len(files)
			if dir == root {
				break
			}
		}
	}
	goroot, err := r.goList(ctx, p, "env", "GOROOT")
	if err != nil {
		return nil, err
	}
	goroot = strings.TrimSpace(goroot)
	files, err := licensesIn(goroot, goroot, "licenses/go")
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		found[f.name] = f
	}
	count["go"] = len(files)

	var all []file
	for module, n := range count {
		if n == 0 {
			err = errors.Join(err, fmt.Errorf("no license file in module %s", module))
		}
	}
	for _, f := range found {
		all = append(all, f)
	}
	return sorted(all), err
}

// licensesIn returns the license files in a folder of a module, by names that begin with
// prefix.
func licensesIn(root, dir, prefix string) (files []file, err error) {
	below, err := filepath.Rel(root, dir)
	if err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		if !e.Type().IsRegular() || !licenseName.MatchString(e.Name()) || filepath.Ext(e.Name()) == ".go" {
			continue
		}
		content, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return nil, err
		}
		name := filepath.ToSlash(filepath.Join(prefix, below, e.Name()))
		files = append(files, file{name: name, mode: fs.FileMode(0o644), content: content})
	}
	return files, err
}

// goList returns the output of a go command for a platform.
func (r release) goList(ctx context.Context, p platform, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir, cmd.Env = r.root, append(os.Environ(), p.env()...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		err = fmt.Errorf("%s: %w\n%s", cmd, err, &stderr)
	}
	return string(out), err
}
