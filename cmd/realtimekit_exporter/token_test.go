package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestATokenFileIsReadAnewEachTime(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "token")
	token := fileToken(file)
	for _, content := range []string{"first", "second\n", "\r\n\t third \r\n", "with-dash"} {
		write(t, file, content)
		got, err := token.read()
		if want := strings.TrimSpace(content); err != nil || string(got) != want {
			t.Errorf("%q: got %q, %v", content, string(got), err)
		}
	}
}

func TestATokenFileIsFoundThroughSymlinks(t *testing.T) {
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
		if got, err := fileToken(link).read(); err != nil || string(got) != want {
			t.Errorf("%s: got %q, %v", version, string(got), err)
		}
	}
}

func TestAnUnusableTokenFileSaysWhatToDoAndNotWhatItHolds(t *testing.T) {
	t.Parallel()
	const expected = ": expected nothing but the API token"
	for name, test := range map[string]struct{ content, want string }{
		"empty":              {"", "is empty" + expected},
		"white space":        {" \n\t\n", "is empty" + expected},
		"a scheme":           {"Bearer " + canary, `holds a space, as after "Bearer", which does not belong to it` + expected},
		"a variable":         {"${" + canary + "}", "looks like a variable, which is not expanded (with neither key, the token comes from $CLOUDFLARE_API_TOKEN)" + expected},
		"two lines":          {canary + "\n" + canary, "holds a line break" + expected},
		"a control byte":     {canary + "\x00", "holds a control character" + expected},
		"a tab inside":       {canary + "\t" + canary, "holds a control character" + expected},
		"a letter not ASCII": {canary + "ü", "holds a character that is not ASCII" + expected},
		"a byte order mark":  {"\xef\xbb\xbf" + canary, "holds a character that is not ASCII" + expected},
		"UTF-16":             {"\xff\xfec\x004\x00", "holds a character that is not ASCII" + expected},
		"too large":          {strings.Repeat(canary, 64<<10), "is larger than 64 KiB: expected a file with nothing but the API token"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "token")
			write(t, file, test.content)
			_, err := fileToken(file).read()
			if err == nil || err.Error() != "api_token_file "+file+" "+test.want {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestATokenFileThatIsNoFileIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if _, err := fileToken(filepath.Join(dir, "none")).read(); err == nil || !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "none does not exist") {
		t.Errorf("missing: %v", err)
	}
	if _, err := fileToken(dir).read(); err == nil || !strings.Contains(err.Error(), " is a directory: expected a file") {
		t.Errorf("a directory: %v", err)
	}
	if _, err := fileToken(os.DevNull).read(); err == nil || !strings.Contains(err.Error(), " is not a regular file: expected a file") {
		t.Errorf("a device: %v", err)
	}
}

func TestATokenFileWithoutPermissionSaysSo(t *testing.T) {
	t.Parallel()
	// Not by a real file, which root may always read.
	err := fileError(&fs.PathError{Op: "open", Path: "token", Err: fs.ErrPermission})
	if err.Error() != "may not be read by this process (permission denied)" {
		t.Error(err)
	}
}

func TestATokenPrintsAsItsOrigin(t *testing.T) {
	t.Parallel()
	literal := literalToken(canary, "api_token in the configuration")
	c := config{Accounts: []account{{Token: literal}}}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		for _, v := range []any{literal, *literal, c.Accounts, &c.Accounts[0], c} {
			if got := fmt.Sprintf(verb, v); strings.Contains(got, canary) || strings.Contains(got, fmt.Sprintf("%x", canary)) {
				t.Errorf("%s of %T shows the token: %s", verb, v, got)
			}
		}
	}
	if got := fmt.Sprint(fileToken("/run/token")); got != "api_token_file /run/token" {
		t.Errorf("got %q", got)
	}
}

func write(tb testing.TB, file, content string) {
	tb.Helper()
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		tb.Fatal(err)
	}
}
