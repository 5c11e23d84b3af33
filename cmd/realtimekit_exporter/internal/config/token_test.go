package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
)

// readToken reads a token file without waiting for real time to pass.
func readToken(t *testing.T, file string) (got api.Secret, err error) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		got, err = NewTokenFiles().token(file).Read(t.Context())
	})
	return got, err
}

func TestToken_FileIsReadAgainEachTime(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "token")
	for _, content := range []string{"first", "second\n", "\r\n\t third \r\n", "with-dash"} {
		write(t, file, content)
		got, err := readToken(t, file)
		if want := strings.TrimSpace(content); err != nil || string(got) != want {
			t.Errorf("%q: got %q, %v", content, string(got), err)
		}
	}
}

func TestToken_FileThroughSymlinks(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "v1"), "one")
	write(t, filepath.Join(dir, "v2"), "two")
	link := filepath.Join(dir, "token")
	for version, want := range map[string]string{"v1": "one", "v2": "two"} {
		if err := os.Remove(link); err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		if err := os.Symlink(version, link); err != nil {
			t.Fatal(err)
		}
		if got, err := readToken(t, link); err != nil || string(got) != want {
			t.Errorf("%s: got %q, %v", version, string(got), err)
		}
	}
}

func TestToken_FileUnusableContentIsNotPrinted(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ content, want string }{
		"two lines": {canary + "\n" + canary, "contains a line break: expected nothing but the API token"},
		"too large": {strings.Repeat(canary, 64<<10), "is larger than 64 KiB: expected a file with nothing but the API token"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "token")
			write(t, file, test.content)
			_, err := readToken(t, file)
			if err == nil || err.Error() != "api_token_file "+file+" "+test.want {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestToken_FileNotARegularFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if _, err := readToken(t, filepath.Join(dir, "none")); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "none does not exist") {
		t.Errorf("missing: %v", err)
	}
	if _, err := readToken(t, dir); err == nil || !strings.Contains(err.Error(), " is a directory: expected a file") {
		t.Errorf("a directory: %v", err)
	}
	if _, err := readToken(t, os.DevNull); err == nil || !strings.Contains(err.Error(), " is not a regular file: expected a file") {
		t.Errorf("a device: %v", err)
	}
}

func TestToken_FileWithoutPermission(t *testing.T) {
	t.Parallel()
	// Not by a real file, which root may always read.
	err := fileError(&fs.PathError{Op: "open", Path: "token", Err: fs.ErrPermission})
	if err.Error() != "is not readable by this process (permission denied)" {
		t.Error(err)
	}
}

func TestToken_PrintsAsItsOrigin(t *testing.T) {
	t.Parallel()
	literal := NewToken(canary, "api_token in the configuration")
	c := Config{Accounts: []Account{{Token: literal}}}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		for _, v := range []any{literal, *literal, c.Accounts, &c.Accounts[0], c} {
			if got := fmt.Sprintf(verb, v); strings.Contains(got, canary) || strings.Contains(got, fmt.Sprintf("%x", canary)) {
				t.Errorf("%s of %T prints the token: %s", verb, v, got)
			}
		}
	}
	if got := fmt.Sprint(NewTokenFiles().token("/run/token")); got != "api_token_file /run/token" {
		t.Errorf("got %q", got)
	}
}

func write(tb testing.TB, file, content string) {
	tb.Helper()
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		tb.Fatal(err)
	}
}
