package storage

import (
	"fmt"
	"io"
)

var errTooLarge = fmt.Errorf("larger than %d MiB", MaxSize>>20)

// A limitedReader returns an error beyond a number of bytes. [io.LimitedReader] returns
// io.EOF there, like complete data.
type limitedReader struct {
	io.Reader
	left int64
}

func (l *limitedReader) Read(p []byte) (int, error) {
	n, err := l.Reader.Read(p)
	if l.left -= int64(n); l.left < 0 {
		return 0, errTooLarge
	}
	return n, err
}

// A limitedWriter does the same for writing, so that every written file can be read.
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
