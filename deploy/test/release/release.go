// Package release tests `make dist`: it is reproducible, and its files are complete.
package release
