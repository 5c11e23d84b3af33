package storage

import (
	"fmt"
	"io"
)

var errTooLarge = fmt.Errorf("larger than %d MiB", MaxSize>>20)

// A limited fails when more than a number of bytes is read, unlike [io.LimitedReader],
// which ends as the data does.
type limited struct {
	io.Reader
	left int64
}

func (l *limited) Read(p []byte) (int, error) {
	n, err := l.Reader.Read(p)
	if l.left -= int64(n); l.left < 0 {
		return 0, errTooLarge
	}
	return n, err
}

// A limitedWriter is the same for writing: what can't be read must not be written.
type limitedWriter struct {
	io.Writer
	left int64
}

func (l *limitedWriter) Write(p []byte) (int, error) {
	if l.left -= int64(len(p)); l.left < 0 {
		return 0, errTooLarge
	}
	return l.Writer.Write(p)
}
