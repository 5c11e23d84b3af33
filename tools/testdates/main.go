// Command testdates runs go test at another date, in another time zone:
//
//	testdates [-C dir] [-zone zone] DATE ARGUMENT…
//
// The arguments are those of go test. The clock of each test binary starts at DATE
// (RFC 3339) and runs at its usual speed, as do the clocks of Node.js and of the Go
// programs that the tests build and start: package time is compiled with an offset in
// time.Now. Bubbles of testing/synctest keep their own clock. Everything else has the
// real date: Chromium, files, the start times of processes.
//
// The offset is in a file below the user's cache directory. Its path is part of the
// build, so that builds stay cached between dates. Only one testdates can run at a time.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func main() {
	dir := flag.String("C", ".", "`directory` of the module")
	zone := flag.String("zone", "UTC", "time `zone`")
	start := flag.Bool("start", false, "set the clock and start a test binary; used as go test -exec")
	flag.Parse()
	if err := runAt(*dir, *zone, *start, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "testdates:", err)
		os.Exit(1)
	}
}

func runAt(dir, zone string, start bool, args []string) error {
	if len(args) < 2 {
		return errors.New("usage: testdates [-C dir] [-zone zone] DATE ARGUMENT…")
	}
	date, err := time.Parse(time.RFC3339, args[0])
	if err != nil {
		return err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return err
	}
	cache = filepath.Join(cache, "realtimekit_exporter-testdates")
	offset := filepath.Join(cache, "offset")
	if start {
		seconds := int64(time.Until(date) / time.Second)
		if err := os.WriteFile(offset, []byte(strconv.FormatInt(seconds, 10)), 0o600); err != nil {
			return err
		}
		return run(args[1], args[2:])
	}
	self, err := os.Executable()
	if err == nil {
		err = os.MkdirAll(cache, 0o700)
	}
	if err != nil {
		return err
	}
	lock, err := os.Create(filepath.Join(cache, "lock"))
	if err != nil {
		return err
	}
	defer lock.Close()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return fmt.Errorf("%s: %w: wait until the other testdates has ended", lock.Name(), err)
	}
	overlay, err := writeOverlay(cache, offset)
	if err != nil {
		return err
	}
	clock := filepath.Join(cache, "clock.cjs")
	if err := os.WriteFile(clock, fmt.Appendf(nil, nodeClock, offset), 0o600); err != nil {
		return err
	}
	args = append([]string{"-C", dir, "test", "-count=1", "-p=1", "-exec=" + self + " -start " + args[0]}, args[1:]...)
	return run("go", args, "TZ="+zone, "NODE_OPTIONS=--require="+clock, "GOFLAGS="+os.Getenv("GOFLAGS")+" -overlay="+overlay)
}

// nodeClock moves the clock of Node.js.
const nodeClock = `const offset = 1000 * require("fs").readFileSync(%q);
globalThis.Date = class extends Date {
	constructor(...args) { super(...(args.length ? args : [Date.now()])); }
	static now() { return super.now() + offset; }
};
`

func run(name string, args []string, env ...string) error {
	cmd := exec.Command(name, args...) //nolint:noctx // go test has a timeout of its own
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	return cmd.Run()
}

// writeOverlay writes the changed source of package time, and the file for go's flag
// -overlay, whose path it returns.
func writeOverlay(dir, offset string) (string, error) {
	const (
		original = "sec, nsec, mono := runtimeNow()\n"
		changed  = original + "\tif !runtimeIsBubbled() {\n\t\tsec += testOffset\n\t}\n"
		variable = `
var testOffset = func() int64 {
	text, _ := readFile(%q)
	seconds, _ := atoi(string(text))
	return int64(seconds)
}()
`
	)
	root, err := exec.Command("go", "env", "GOROOT").Output() //nolint:noctx // it ends by itself
	if err != nil {
		return "", fmt.Errorf("go env GOROOT: %w", err)
	}
	path := filepath.Join(strings.TrimSpace(string(root)), "src", "time", "time.go")
	source, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	if n := strings.Count(string(source), original); n != 1 {
		return "", fmt.Errorf("%s: found %q %d times, expected once: adapt testdates to this version of Go", path, original, n)
	}
	text := strings.Replace(string(source), original, changed, 1) + fmt.Sprintf(variable, offset)
	replacement, overlay := filepath.Join(dir, "time.go.txt"), filepath.Join(dir, "overlay.json")
	files, err := json.Marshal(map[string]any{"Replace": map[string]string{path: replacement}})
	return overlay, errors.Join(err,
		os.WriteFile(replacement, []byte(text), 0o600),
		os.WriteFile(overlay, files, 0o600))
}
