//go:build linux

package main

import (
	"os"
	"path/filepath"
	"syscall"

	"github.com/rogpeppe/go-internal/testscript"
)

// hangCommand lets programs that open a file wait, as on a file system that does
// not answer:
//
//	hang FILE   from now on
//	hang        no longer
//
// It takes a lease for writing, see fcntl(2), which exists only on Linux and ends
// by itself 45 s after somebody opens the file.
func hangCommand(ts *testscript.TestScript, neg bool, args []string) {
	s := fixtureOf(ts)
	if neg || len(args) > 1 {
		ts.Fatalf("usage: hang [FILE]")
	}
	if len(args) == 0 {
		ts.Check(s.leased.Close())
		return
	}
	file := ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(filepath.Dir(file), 0o700))
	f, err := os.OpenFile(file, os.O_RDWR|os.O_CREATE, 0o600)
	ts.Check(err)
	ts.Defer(func() { _ = f.Close() })
	const setLease = 1024
	if _, _, err := syscall.Syscall(syscall.SYS_FCNTL, f.Fd(), setLease, syscall.F_WRLCK); err != 0 {
		ts.Fatalf("taking a lease for %s: %v", file, err)
	}
	s.leased = f
}
