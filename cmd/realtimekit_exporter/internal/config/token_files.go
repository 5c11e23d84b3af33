package config

import (
	"context"
	"errors"
	"sync"
	"time"
)

const (
	maxTokenFile = 64 << 10

	// tokenTimeout is how long a reading of a token file may take.
	tokenTimeout = 5 * time.Second
)

var errTokenTimeout = errors.New("was not read within " + tokenTimeout.String() +
	": the file system does not respond: check the mount and the server or driver behind it")

// TokenFiles reads token files in the background, each by one reading at a time
// that all callers share. A file system that does not respond therefore blocks one
// goroutine per file and none of the callers for longer than tokenTimeout. One
// value serves the whole process, so that this also holds across reloads.
type TokenFiles struct {
	readFile func(path string) ([]byte, error)

	mu       sync.Mutex
	readings map[string]*tokenReading // in progress, by absolute path
}

// A tokenReading is one reading of a file. Its result is set before done is closed.
type tokenReading struct {
	start time.Time
	done  chan struct{}
	data  []byte
	err   error
}

// NewTokenFiles returns a reader of token files.
func NewTokenFiles() *TokenFiles {
	return &TokenFiles{
		readFile: func(path string) ([]byte, error) { return readFile(path, maxTokenFile) },
		readings: make(map[string]*tokenReading),
	}
}

// token returns the token in a file.
func (f *TokenFiles) token(file string) *Token {
	return &Token{file: file, files: f, origin: "api_token_file " + file}
}

// read waits for the reading of the file that is in progress, or for a new one.
// A reading that has taken longer than tokenTimeout fails every caller at once
// until it ends.
func (f *TokenFiles) read(ctx context.Context, path string) ([]byte, error) {
	r := f.reading(path)
	timeout := time.NewTimer(tokenTimeout - time.Since(r.start))
	defer timeout.Stop()
	select {
	case <-r.done:
		return r.data, r.err
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-timeout.C:
		return nil, errTokenTimeout
	}
}

// reading returns the reading of the file that is in progress, and starts one if
// there is none.
func (f *TokenFiles) reading(path string) *tokenReading {
	f.mu.Lock()
	defer f.mu.Unlock()
	r, ok := f.readings[path]
	if !ok {
		r = &tokenReading{start: time.Now(), done: make(chan struct{})}
		f.readings[path] = r
		go f.run(path, r)
	}
	return r
}

func (f *TokenFiles) run(path string, r *tokenReading) {
	r.data, r.err = readStable(func() ([]byte, error) { return f.readFile(path) })
	f.mu.Lock()
	delete(f.readings, path)
	f.mu.Unlock()
	close(r.done)
}
