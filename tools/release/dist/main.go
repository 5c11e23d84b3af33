// Command dist builds the files of a release: for each platform an archive and an SBOM,
// for Linux a .deb and an .rpm as well, the Helm chart, and the checksums of all. The same
// tree, Go and flags make the same bytes on any machine and at any time.
package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

const program = "realtimekit_exporter"

func main() {
	if err := run(context.Background(), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "dist:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("dist", flag.ContinueOnError)
	root := flags.String("root", ".", "the repository")
	out := flags.String("out", "", "the folder to write, dist of the repository by default; it is emptied first")
	version := flags.String("version", "", "of the program")
	ldflags := flags.String("ldflags", "", "for go build")
	cache := flags.String("cache", "", "the build cache of the program, Go's own by default")
	epoch := flags.Int64("epoch", 0, "time of every file, in Unix seconds")
	if err := flags.Parse(args); err != nil {
		return err
	}
	switch {
	case *version == "":
		return errors.New("-version is missing")
	case *epoch <= 0:
		return errors.New("-epoch is missing: outside of git, set SOURCE_DATE_EPOCH")
	case flags.NArg() == 0:
		return errors.New("nothing is named: expected chart, or platforms like linux/amd64")
	}
	if *out == "" {
		*out = filepath.Join(*root, "dist")
	}
	// Nothing of an earlier run may stay.
	if err := errors.Join(os.RemoveAll(*out), os.Mkdir(*out, 0o755)); err != nil {
		return err
	}
	work, err := os.MkdirTemp("", "dist")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)

	r := release{root: *root, version: *version, ldflags: *ldflags, cache: *cache, time: time.Unix(*epoch, 0).UTC(), work: work}
	made := make(map[string][]byte)
	for _, arg := range flags.Args() {
		files, err := r.produce(ctx, arg)
		if err != nil {
			return fmt.Errorf("%s: %w", arg, err)
		}
		maps.Copy(made, files)
	}
	var sums strings.Builder
	for _, name := range slices.Sorted(maps.Keys(made)) {
		if err := os.WriteFile(filepath.Join(*out, name), made[name], 0o644); err != nil {
			return err
		}
		fmt.Fprintf(&sums, "%x  %s\n", sha256.Sum256(made[name]), name)
		fmt.Println(filepath.Join(*out, name))
	}
	return os.WriteFile(filepath.Join(*out, "sha256sums.txt"), []byte(sums.String()), 0o644)
}

// produce returns the files of a platform, or the chart, by name.
func (r release) produce(ctx context.Context, name string) (map[string][]byte, error) {
	if name == "chart" {
		return r.chart()
	}
	p, err := parsePlatform(name)
	if err != nil {
		return nil, err
	}
	return r.make(ctx, p)
}
