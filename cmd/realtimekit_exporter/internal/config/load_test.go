package config

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestLoad_ReturnsTheContent(t *testing.T) {
	t.Parallel()
	const file = "testdata/good/everything.yml"
	c, data, err := Load(file, environment(""), nil)
	if err != nil || !bytes.Equal(data, contents(t, file)) {
		t.Fatalf("got %d bytes, %v", len(data), err)
	}
	// Paths are relative to the file, and not to the working directory.
	if got := c.Accounts[0].Token.origin; got != "api_token_file testdata/good/secrets/token" {
		t.Errorf("the token is from %s", got)
	}
}

func TestLoad_ReturnsTheContentOfAnInvalidFile(t *testing.T) {
	t.Parallel()
	const file = "testdata/bad/several.yml"
	c, data, err := Load(file, environment(""), nil)
	if c != nil || err == nil || !strings.HasPrefix(err.Error(), file+":1: ") || !bytes.Equal(data, contents(t, file)) {
		t.Errorf("got %v, %d bytes, %v", c, len(data), err)
	}
}

func TestLoad_UnreadableFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	large := filepath.Join(dir, "large.yml")
	write(t, large, "")
	if err := os.Truncate(large, 100<<20); err != nil { // sparse
		t.Fatal(err)
	}
	missing := filepath.Join(dir, "none.yml")
	for file, want := range map[string]string{
		missing:     "does not exist (no such file or directory)",
		dir:         "is a directory",
		large:       "is larger than 1024 KiB",
		"/dev/zero": "is not a regular file",
	} {
		_, _, err := Load(file, environment(""), nil)
		if err == nil || err.Error() != "configuration file "+file+" "+want+": check --config.file" {
			t.Errorf("got %v", err)
		}
	}
	if _, _, err := Load(missing, environment(""), nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v is not fs.ErrNotExist", err)
	}
}

func TestReadFile_Limit(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "large.yml")
	write(t, file, strings.Repeat("#", maxConfigFile))
	if data, err := readFile(file, maxConfigFile); err != nil || len(data) != maxConfigFile {
		t.Errorf("at the limit: %d bytes, %v", len(data), err)
	}
	write(t, file, strings.Repeat("#", maxConfigFile+1))
	if data, err := readFile(file, maxConfigFile); err == nil || data != nil {
		t.Errorf("above the limit: %d bytes, %v", len(data), err)
	}
}

func TestReadStable_FileChangesBetweenReadings(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(t *testing.T, file string){
		"it grows": func(t *testing.T, file string) { t.Helper(); write(t, file, "half and the rest") },
		"it is rewritten with the same size and modification time": func(t *testing.T, file string) {
			t.Helper()
			info, err := os.Stat(file)
			if err != nil {
				t.Fatal(err)
			}
			write(t, file, "HALF")
			if err := os.Chtimes(file, info.ModTime(), info.ModTime()); err != nil {
				t.Fatal(err)
			}
		},
		"another file is renamed to it": func(t *testing.T, file string) {
			t.Helper()
			write(t, file+".new", "another")
			if err := os.Rename(file+".new", file); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "config.yml")
			write(t, file, "half")
			synctest.Test(t, func(t *testing.T) {
				reads := 0
				got, err := readStable(func() ([]byte, error) {
					data, err := readFile(file, maxConfigFile)
					if reads++; reads == 1 {
						change(t, file)
					}
					return data, err
				})
				if err != nil || reads != 3 || !bytes.Equal(got, contents(t, file)) {
					t.Errorf("%d reads: %q, %v", reads, got, err)
				}
			})
		})
	}
}

func TestReadStable_NewInodeForEveryReading(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "config.yml")
	synctest.Test(t, func(t *testing.T) {
		reads := 0
		got, err := readStable(func() ([]byte, error) {
			reads++
			write(t, file+".new", "equal")
			if err := os.Rename(file+".new", file); err != nil {
				t.Fatal(err)
			}
			return readFile(file, maxConfigFile)
		})
		if err != nil || reads != 2 || string(got) != "equal" {
			t.Errorf("%d reads: %q, %v", reads, got, err)
		}
	})
}

func TestReadStable_FileWrittenInSteps(t *testing.T) {
	t.Parallel()
	for name, modified := range map[string]time.Time{
		"now":           {},
		"at the epoch":  time.Unix(0, 0),
		"in the future": time.Now().Add(24 * time.Hour),
	} {
		t.Run("modified "+name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "config.yml")
			write(t, file, "") // as when another file is copied over it: emptied first
			if err := os.Chtimes(file, modified, modified); err != nil {
				t.Fatal(err)
			}
			synctest.Test(t, func(t *testing.T) {
				time.AfterFunc(10*time.Millisecond, func() { write(t, file, "complete") })
				got, err := readStable(func() ([]byte, error) { return readFile(file, maxConfigFile) })
				if err != nil || string(got) != "complete" {
					t.Errorf("%q, %v", got, err)
				}
			})
		})
	}
}

func TestReadStable_FileNeverStable(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "config.yml")
	write(t, file, "")
	synctest.Test(t, func(t *testing.T) {
		reads := 0
		_, err := readStable(func() ([]byte, error) {
			reads++
			write(t, file, strings.Repeat("x", reads))
			return readFile(file, maxConfigFile)
		})
		if err == nil || !strings.HasPrefix(err.Error(), "keeps changing while it is read") || reads > 20 {
			t.Errorf("%d reads, %v", reads, err)
		}
	})
}

func TestReadStable_FileRemoved(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "config.yml")
	write(t, file, "x")
	_, err := readStable(func() ([]byte, error) {
		data, err := readFile(file, maxConfigFile)
		_ = os.Remove(file)
		return data, err
	})
	if !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}
