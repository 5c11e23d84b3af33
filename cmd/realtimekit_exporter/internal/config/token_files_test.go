package config

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// hangingFiles returns token files on a file system that does not respond until it
// is released, and the number of calls that it got.
func hangingFiles(content string) (files *TokenFiles, release func(), calls *atomic.Int64) {
	released := make(chan struct{})
	calls = new(atomic.Int64)
	files = NewTokenFiles()
	files.readFile = func(string) ([]byte, error) {
		calls.Add(1)
		<-released
		return []byte(content), nil
	}
	return files, func() {
		close(released)
		<-time.After(time.Second) // for the reading to end
	}, calls
}

func TestTokenFiles_HangingFileSystem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		files, release, calls := hangingFiles("token\n")
		const file = "/mnt/token"
		start := time.Now()
		results := make(chan error)
		for range 40 { // as from two accounts and several reloads
			go func() {
				_, err := files.token(file).Read(t.Context())
				results <- err
			}()
		}
		const want = "api_token_file /mnt/token was not read within 5s: the file system does not respond: check the mount and the server or driver behind it"
		for range 40 {
			if err := <-results; err == nil || err.Error() != want {
				t.Errorf("got %v, want %s", err, want)
			}
		}
		if took := time.Since(start); took != 5*time.Second {
			t.Errorf("it took %v", took)
		}
		for range 10 {
			if _, err := files.token(file).Read(t.Context()); !errors.Is(err, errTokenTimeout) {
				t.Errorf("later: %v", err)
			}
		}
		if took := time.Since(start); took != 5*time.Second {
			t.Errorf("later callers waited %v", took-5*time.Second)
		}
		if n := calls.Load(); n != 1 {
			t.Errorf("%d readings are blocked, want 1", n)
		}
		release()
		if got, err := files.token(file).Read(t.Context()); err != nil || string(got) != "token" {
			t.Errorf("after the file system responds: %q, %v", string(got), err)
		}
	})
}

func TestTokenFiles_OneHangingFileDelaysNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		files, release, _ := hangingFiles("")
		defer release()
		hangs := files.readFile
		files.readFile = func(path string) ([]byte, error) {
			if path == "/mnt/token" {
				return hangs(path)
			}
			return []byte("other"), nil
		}
		go func() { _, _ = files.read(t.Context(), "/mnt/token") }()
		synctest.Wait()
		start := time.Now()
		if got, err := files.token("/etc/token").Read(t.Context()); err != nil || string(got) != "other" || time.Since(start) > time.Second {
			t.Errorf("got %q, %v after %v", string(got), err, time.Since(start))
		}
	})
}

func TestTokenFiles_EndOfTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		files, release, _ := hangingFiles("")
		defer release()
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		start := time.Now()
		if _, err := files.read(ctx, "/mnt/token"); !errors.Is(err, context.Canceled) || time.Since(start) != time.Second {
			t.Errorf("got %v after %v", err, time.Since(start))
		}
	})
}

func TestTokenFiles_HalfWrittenFileIsNotAToken(t *testing.T) {
	for name, readings := range map[string][]string{
		"half of the token":              {"0123", "0123456789", "0123456789"},
		"emptied before it is written":   {"", "0123456789", "0123456789"},
		"removed before it is written":   {"missing", "0123456789", "0123456789"},
		"emptied, removed and written":   {"", "missing", "0123456789", "0123456789"},
		"rewritten with the same length": {"9876543210", "0123456789", "0123456789"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				files := NewTokenFiles()
				n := 0
				files.readFile = func(string) ([]byte, error) {
					content := readings[n]
					if n++; content == "missing" {
						return nil, fileError(fs.ErrNotExist)
					}
					return []byte(content), nil
				}
				got, err := files.read(t.Context(), "/run/token")
				if err != nil || !bytes.Equal(got, []byte("0123456789")) || n != len(readings) {
					t.Errorf("%d readings: got %q, %v", n, got, err)
				}
			})
		})
	}
}
