//go:build !linux

package main

import "github.com/rogpeppe/go-internal/testscript"

// hangCommand takes Linux.
func hangCommand(ts *testscript.TestScript, _ bool, _ []string) {
	ts.Fatalf("hang: leases exist only on Linux")
}
