package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goreleaser/nfpm/v2"
	"github.com/goreleaser/nfpm/v2/deb"
	"github.com/goreleaser/nfpm/v2/files"
	"github.com/goreleaser/nfpm/v2/rpm"
)

// Debian allows no underscore in the name of a package.
const packageName = "realtimekit-exporter"

// unitChanges returns the replacements for a file of deploy/systemd in a package: other
// folders, and a user that the package creates. Every second text replaces the one before
// it.
func unitChanges(name string) []string {
	if name == "loopback.conf" {
		return []string{"/usr/local/bin/", "/usr/bin/"}
	}
	return []string{
		"/usr/local/bin/", "/usr/bin/",
		"/etc/systemd/system/", "/usr/lib/systemd/system/",
		"# A user that exists only while the service runs.\nDynamicUser=yes\n", "User=" + program + "\n",
	}
}

// packages returns the .deb and the .rpm of a platform, by name. Docs are the files of
// its archive that are documentation.
func (r release) packages(p platform, binary string, docs []file) (map[string][]byte, error) {
	stage := filepath.Join(r.work, "package")
	if err := errors.Join(os.RemoveAll(stage), os.Mkdir(stage, 0o755)); err != nil {
		return nil, err
	}
	unit, err := r.packaged(program+".service", stage)
	if err != nil {
		return nil, err
	}
	loopback, err := r.packaged("loopback.conf", stage)
	if err != nil {
		return nil, err
	}
	contents := files.Contents{
		{Source: binary, Destination: "/usr/bin/" + program, FileInfo: &files.ContentFileInfo{Mode: 0o755}},
		{Source: unit, Destination: "/usr/lib/systemd/system/" + program + ".service"},
		{Source: loopback, Destination: "/usr/share/doc/" + packageName + "/loopback.conf"},
		{Source: r.path("deploy/packages/sysusers.conf"), Destination: "/usr/lib/sysusers.d/" + program + ".conf"},
		{Source: r.path("deploy/systemd/config.yml"), Destination: "/etc/" + program + "/config.yml", Type: files.TypeConfigNoReplace},
	}
	for _, f := range docs {
		source := filepath.Join(stage, "doc", filepath.FromSlash(f.name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(source), 0o755), os.WriteFile(source, f.content, f.mode)); err != nil {
			return nil, err
		}
		contents = append(contents,
			&files.Content{Source: source, Destination: "/usr/share/doc/" + packageName + "/" + f.name, Type: files.TypeRPMDoc, Packager: "rpm"},
			&files.Content{Source: source, Destination: "/usr/share/doc/" + packageName + "/" + debianName(f.name), Packager: "deb"})
	}
	for _, c := range contents {
		if c.FileInfo == nil { // whatever the umask of the tree
			c.FileInfo = &files.ContentFileInfo{Mode: 0o644}
		}
	}
	made := make(map[string][]byte)
	for _, packager := range []nfpm.PackagerWithExtension{deb.Default, rpm.DefaultRPM} {
		info := r.info(p, contents)
		var buf bytes.Buffer
		if err := packager.Package(info, &buf); err != nil {
			return nil, fmt.Errorf("%s: %w", packager.ConventionalExtension(), err)
		}
		made[packager.ConventionalFileName(r.info(p, nil))] = buf.Bytes()
	}
	return made, nil
}

// info returns the metadata of both packages.
func (r release) info(p platform, contents files.Contents) *nfpm.Info {
	info := &nfpm.Info{
		Name: packageName, Version: r.version, MTime: r.time, DisableGlobbing: true,
		Platform: p.os, Arch: strings.Replace(p.arch, "armv", "arm", 1), // nfpm's name is arm7
		Section: "net", Priority: "optional", License: "Apache-2.0", Homepage: repository, Vendor: "RealtimeKit exporter",
		Maintainer:  "RealtimeKit exporter authors <" + repository + "/issues>",
		Description: "Prometheus exporter for the analytics of Cloudflare RealtimeKit\nIt exposes livestreams, meetings and recordings by day, and live sessions.",
	}
	info.Contents = contents
	info.Depends = []string{"ca-certificates"} // for HTTPS to the API
	info.Scripts.PostInstall = r.path("deploy/packages/postinstall.sh")
	info.Scripts.PreRemove = r.path("deploy/packages/preremove.sh")
	info.Scripts.PostRemove = r.path("deploy/packages/postremove.sh")
	info.RPM.BuildHost = "localhost" // not the name of the machine
	return info
}

// packaged writes the package's version of a file of deploy/systemd, and returns its path.
func (r release) packaged(name, stage string) (string, error) {
	content, err := os.ReadFile(r.path("deploy/systemd/" + name))
	if err != nil {
		return "", err
	}
	text := string(content)
	for pair := range slices.Chunk(unitChanges(name), 2) {
		if !strings.Contains(text, pair[0]) {
			return "", fmt.Errorf("deploy/systemd/%s does not have %q", name, pair[0])
		}
		text = strings.ReplaceAll(text, pair[0], pair[1])
	}
	path := filepath.Join(stage, name)
	return path, os.WriteFile(path, []byte(text), 0o644)
}

func (r release) path(name string) string { return filepath.Join(r.root, filepath.FromSlash(name)) }

// debianName is where Debian expects a file of a package's documentation.
func debianName(name string) string {
	if name == "LICENSE" {
		return "copyright"
	}
	return name
}
