package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"
)

const maxConfigFile = 1 << 20

// loadConfig reads and parses the configuration file. It also returns what
// the file holds, mistakes or not, for whoever watches it for changes.
func loadConfig(file, env string) (*config, []byte, error) {
	data, err := settled(func() ([]byte, fs.FileInfo, error) { return readFile(file, maxConfigFile) })
	if err != nil {
		return nil, nil, fmt.Errorf("configuration file %s %w", file, err)
	}
	c, err := parseConfig(file, data, env)
	return c, data, err
}

// settled reads until two readings in a row agree, since a file that is being
// written may look whole and be half. Who writes for longer than it tries
// should write another file and rename it.
func settled(read func() ([]byte, fs.FileInfo, error)) ([]byte, error) {
	const tries, pause = 10, 20 * time.Millisecond
	before, was, err := read()
	for range tries {
		if err != nil {
			return nil, err
		}
		if time.Since(was.ModTime()) < time.Second { // who wrote it may not be done
			<-time.After(pause)
		}
		var now []byte
		var is fs.FileInfo
		if now, is, err = read(); err != nil {
			return nil, err
		}
		if os.SameFile(was, is) && was.ModTime().Equal(is.ModTime()) && bytes.Equal(before, now) {
			return now, nil
		}
		before, was = now, is
	}
	return nil, errors.New("keeps changing while it is read: write another file and rename it onto this one")
}

// readFile reads a regular file, symlinks followed, of at most limit bytes. Its
// errors continue a sentence that begins with the file's name.
func readFile(file string, limit int64) ([]byte, fs.FileInfo, error) {
	// Before it is opened, since opening a pipe waits for who writes to it.
	info, err := os.Stat(file)
	switch {
	case err != nil:
		return nil, nil, fileError(err)
	case info.IsDir():
		return nil, nil, errors.New("is a directory")
	case !info.Mode().IsRegular():
		return nil, nil, errors.New("is not a regular file")
	case info.Size() > limit:
		return nil, nil, fmt.Errorf("is larger than %d KiB", limit>>10)
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, nil, fileError(err)
	}
	defer f.Close()
	// Of the file opened: the name may mean another one by now.
	if info, err = f.Stat(); err != nil {
		return nil, nil, fileError(err)
	}
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, nil, fileError(err)
	}
	if int64(len(data)) > limit {
		return nil, nil, fmt.Errorf("is larger than %d KiB", limit>>10)
	}
	return data, info, nil
}

// fileError leaves out of err the file's name, which the sentence has already.
func fileError(err error) error {
	if path := (*fs.PathError)(nil); errors.As(err, &path) {
		err = path.Err
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("does not exist (%w)", err)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("may not be read by this process (%w)", err)
	}
	return fmt.Errorf("cannot be read (%w)", err)
}
