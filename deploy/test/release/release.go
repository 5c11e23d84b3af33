// Package release tests `make dist`: the same tree makes the same bytes, and they have
// all files of a release.
package release
