// Package release proves what `make dist` promises: the same bytes from the same
// tree, and in them all that a release consists of.
package release
