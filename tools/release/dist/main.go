// Command dist builds what a release consists of: for each platform an archive and
// an SBOM, the Helm chart, and the checksums of them all. From the same tree, by the same Go, with
// the same flags, it makes the same bytes, wherever and whenever it runs.
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
	version := flags.String("version", "", "of the program")
	ldflags := flags.String("ldflags", "", "for go build")
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
		return errors.New("no platform is named, as linux/amd64")
	}
	// Nothing of an earlier run may stay.
	out := filepath.Join(*root, "dist")
	if err := errors.Join(os.RemoveAll(out), os.Mkdir(out, 0o755)); err != nil {
		return err
	}
	work, err := os.MkdirTemp("", "dist")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)

	r := release{root: *root, version: *version, ldflags: *ldflags, time: time.Unix(*epoch, 0).UTC(), work: work}
	made, err := r.chart()
	if err != nil {
		return err
	}
	for _, arg := range flags.Args() {
		p, err := parsePlatform(arg)
		if err != nil {
			return err
		}
		files, err := r.make(ctx, p)
		if err != nil {
			return fmt.Errorf("%s: %w", arg, err)
		}
		maps.Copy(made, files)
	}
	var sums strings.Builder
	for _, name := range slices.Sorted(maps.Keys(made)) {
		if err := os.WriteFile(filepath.Join(out, name), made[name], 0o644); err != nil {
			return err
		}
		fmt.Fprintf(&sums, "%x  %s\n", sha256.Sum256(made[name]), name)
		fmt.Println(filepath.Join("dist", name))
	}
	return os.WriteFile(filepath.Join(out, "sha256sums.txt"), []byte(sums.String()), 0o644)
}
