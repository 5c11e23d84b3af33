package config

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

// Load reads and parses the configuration file, see [Parse]. It also returns the
// content of the file, valid or not, so that a change can be detected.
func Load(file string, env func(string) string, files *TokenFiles) (*Config, []byte, error) {
	data, err := readStable(func() ([]byte, error) { return readFile(file, maxConfigFile) })
	if err != nil {
		return nil, nil, fmt.Errorf("configuration file %s %w: check --config.file", file, err)
	}
	c, err := Parse(file, data, env, files)
	return c, data, err
}

// readStable reads until two readings in a row agree, because a file that is
// being written, or removed and written again, may be incomplete. Only the result
// of a reading counts: some file systems report a new inode for every reading, or a
// modification time that is zero or in the future.
func readStable(read func() ([]byte, error)) ([]byte, error) {
	const attempts, pause = 10, 20 * time.Millisecond
	before, errBefore := read()
	for range attempts {
		<-time.After(pause)
		data, err := read()
		if bytes.Equal(data, before) && fmt.Sprint(err) == fmt.Sprint(errBefore) {
			return data, err
		}
		before, errBefore = data, err
	}
	return nil, errors.New("keeps changing while it is read: write another file and rename it to this one")
}

// readFile reads a regular file of at most limit bytes. It follows symlinks. Its
// errors continue a sentence that begins with the name of the file.
func readFile(file string, limit int64) ([]byte, error) {
	// Before the file is opened, because opening a pipe waits for a writer.
	info, err := os.Stat(file)
	switch {
	case err != nil:
		return nil, fileError(err)
	case info.IsDir():
		return nil, errors.New("is a directory")
	case !info.Mode().IsRegular():
		return nil, errors.New("is not a regular file")
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, fileError(err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, fileError(err)
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("is larger than %d KiB", limit>>10)
	}
	return data, nil
}

// fileError removes the name of the file from err, because the sentence that the
// error continues begins with it.
func fileError(err error) error {
	if path := (*fs.PathError)(nil); errors.As(err, &path) {
		err = path.Err
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("does not exist (%w)", err)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("is not readable by this process (%w)", err)
	}
	return fmt.Errorf("cannot be read (%w)", err)
}
