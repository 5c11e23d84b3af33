package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// A platform is an operating system and architecture of a binary.
type platform struct{ os, arch string }

func parsePlatform(s string) (platform, error) {
	system, arch, found := strings.Cut(s, "/")
	if !found || system == "" || arch == "" {
		return platform{}, fmt.Errorf("platform %q: expected one like linux/amd64", s)
	}
	return platform{system, arch}, nil
}

// env is what go build has to know. Names follow Prometheus's downloads, which say
// armv7 where Go has arm and GOARM=7.
func (p platform) env() []string {
	arch, arm, _ := strings.Cut(p.arch, "v")
	env := []string{"CGO_ENABLED=0", "GOOS=" + p.os, "GOARCH=" + arch}
	if arm != "" {
		env = append(env, "GOARM="+arm)
	}
	return env
}

func (p platform) binary() string {
	if p.os == "windows" {
		return program + ".exe"
	}
	return program
}

// documents are the files of a release for people, by pattern; each must match a file.
func documents() []string {
	return []string{
		"CHANGELOG.md", "LICENSE", "README.md", "SECURITY.md", "config.example.yml", "docs/*.md",
		"dashboards/*.json", "dashboards/rules/*.yml",
	}
}

// A release is the same for all platforms.
type release struct {
	root, version, ldflags string
	cache                  string // GOCACHE of the program's build; empty: Go's own
	time                   time.Time
	work                   string // a folder to build in
}

// make returns the files of a platform, by name.
func (r release) make(ctx context.Context, p platform) (map[string][]byte, error) {
	binary := filepath.Join(r.work, p.binary())
	if err := r.build(ctx, p, binary); err != nil {
		return nil, err
	}
	sbom, err := r.sbom(ctx, binary)
	if err != nil {
		return nil, err
	}
	licenses, err := r.licenses(ctx, p)
	if err != nil {
		return nil, err
	}
	docs, err := r.gather(documents()...)
	if err != nil {
		return nil, err
	}
	docs = append(docs, licenses...)
	made := make(map[string][]byte)
	files := docs
	if p.os == "linux" {
		if made, err = r.packages(p, binary, r.relink(docs)); err != nil {
			return nil, err
		}
		units, err := r.gather("deploy/systemd/*")
		if err != nil {
			return nil, err
		}
		files = append(files, units...)
	}
	built, err := os.ReadFile(binary)
	if err != nil {
		return nil, err
	}
	files = append(r.relink(files), file{name: p.binary(), mode: 0o755, content: built})

	name := fmt.Sprintf("%s-%s.%s-%s", program, r.version, p.os, p.arch)
	pack, suffix := tarGzip, ".tar.gz"
	if p.os == "windows" {
		pack, suffix = zipped, ".zip"
	}
	archive, err := pack(name, r.time, files)
	if err != nil {
		return nil, err
	}
	made[name+suffix], made[name+".cdx.json"] = archive, sbom
	return made, nil
}

// build builds the static binary. -buildvcs=false: whether there is a .git, and what
// else is in the tree, must make no difference.
func (r release) build(ctx context.Context, p platform, to string) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-ldflags", r.ldflags, "-o", to, "./cmd/"+program)
	cmd.Dir, cmd.Env = r.root, append(os.Environ(), p.env()...)
	if r.cache != "" {
		cmd.Env = append(cmd.Env, "GOCACHE="+r.cache)
	}
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	return cmd.Run()
}

// sbom returns a CycloneDX document of the modules that went into the binary, Go's
// own library included. It names the tool that wrote it by that tool's hash, which
// -trimpath keeps from depending on where the tool was built.
func (r release) sbom(ctx context.Context, binary string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "go", "tool", "cyclonedx-gomod", "bin", "-json", "-noserial", "-notimestamp", "-std", "-version", "v"+r.version, binary)
	cmd.Dir, cmd.Env = filepath.Join(r.root, "tools/release"), append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=-trimpath")
	cmd.Stderr = os.Stderr
	return cmd.Output()
}

// gather reads the files that match the patterns.
func (r release) gather(patterns ...string) ([]file, error) {
	var files []file
	for _, pattern := range patterns {
		paths, err := filepath.Glob(filepath.Join(r.root, pattern))
		if err != nil {
			return nil, err
		}
		if len(paths) == 0 {
			return nil, fmt.Errorf("there is no %s", pattern)
		}
		for _, path := range paths {
			content, err := os.ReadFile(path)
			if err != nil {
				return nil, err
			}
			name, err := filepath.Rel(r.root, path)
			if err != nil {
				return nil, err
			}
			files = append(files, file{name: filepath.ToSlash(name), mode: 0o644, content: content})
		}
	}
	return files, nil
}
