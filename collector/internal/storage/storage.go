// Package storage keeps entries in a file across restarts. The file is replaced
// atomically by a rename, so that a crash cannot damage it. It is JSON, one value per
// line, compressed with gzip, whose checksum shows whether the file is complete and
// unchanged.
//
// A directory belongs to one process at a time. Another one can read the file, but its
// [Dir.Write] fails while the first one has the lock.
package storage

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
)

// The files in a directory.
const (
	FileName = "cache.jsonl.gz"
	tempName = "cache.jsonl.gz.tmp" // of the process that has the lock
	lockName = "cache.lock"         // empty, and never removed
)

// MaxSize is the maximum size of a file before compression. It limits the memory for
// reading. 1,000 apps with five metrics of 366 days need a third of it.
const MaxSize = 64 << 20

// format identifies a cache file in its first line.
const format = "realtimekit_exporter cache"

// A header is the first line of a file.
type header struct {
	Format  string `json:"format"`
	Version int    `json:"version"`
}

// Errors that callers distinguish.
var (
	ErrNone    = errors.New("no file yet")
	ErrInvalid = errors.New("not a complete cache file of this version")
	ErrInUse   = errors.New("the directory is used by another exporter: give each exporter its own")
)

// A Dir is a directory with a file of entries of type E. Its methods block as long as the
// file system does, and must not be called concurrently.
type Dir[E any] struct {
	path    string
	version int // of E
	lock    *os.File
}

// New returns a directory, which need not exist. Files with entries of another version
// are not read.
func New[E any](path string, version int) *Dir[E] { return &Dir[E]{path: path, version: version} }

// Read returns all entries of the file. The error wraps [ErrNone] if there is no file,
// and [ErrInvalid] if the file was truncated or edited, or has another version.
func (d *Dir[E]) Read() ([]E, error) {
	f, err := os.Open(filepath.Join(d.path, FileName))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if _, err := os.Stat(d.path); err != nil {
			return nil, d.describe(err)
		}
		return nil, ErrNone
	case err != nil:
		return nil, d.describe(err)
	}
	defer f.Close()
	entries, err := decode[E](f, d.version)
	if pathErr := (*fs.PathError)(nil); errors.As(err, &pathErr) {
		return nil, d.describe(err) // the disk failed, and the file may be valid
	} else if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return entries, nil
}

// decode reads entries, and returns none unless all are valid.
func decode[E any](r io.Reader, version int) (entries []E, err error) {
	compressed, err := gzip.NewReader(bufio.NewReader(&limitedReader{r, MaxSize}))
	if err != nil {
		return nil, unexpectedEnd(err)
	}
	lines := json.NewDecoder(&limitedReader{compressed, MaxSize})
	var h header
	switch err := lines.Decode(&h); {
	case err != nil:
		return nil, unexpectedEnd(err)
	case h.Format != format:
		return nil, errors.New("found another format")
	case h.Version != version:
		return nil, fmt.Errorf("found version %d, expected %d", h.Version, version)
	}
	for {
		var e E
		err := lines.Decode(&e)
		wrongType := (*json.UnmarshalTypeError)(nil)
		switch {
		case errors.Is(err, io.EOF): // the checksum is right
			return entries, nil
		case errors.As(err, &wrongType): // which contains a value of any length
			return nil, fmt.Errorf("wrong type of a value in line %d", len(entries)+2)
		case err != nil:
			return nil, err
		}
		entries = append(entries, e)
	}
}

// unexpectedEnd replaces io.EOF, because the file is not complete.
func unexpectedEnd(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// Write replaces the file. It returns [ErrInUse] while another process writes to the
// directory.
func (d *Dir[E]) Write(entries iter.Seq[E]) error {
	if err := d.Lock(); err != nil {
		return err
	}
	temp := filepath.Join(d.path, tempName)
	// What a process that was killed has left, or a link that someone else has made.
	if err := os.Remove(temp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return d.describe(err)
	}
	f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return d.describe(err)
	}
	err = encode(f, d.version, entries)
	if err == nil {
		err = f.Sync() // or a power failure could leave an empty file under the name
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(temp, filepath.Join(d.path, FileName))
	}
	if err != nil {
		_ = os.Remove(temp) // makes room on a full disk
	}
	return d.describe(err)
}

func encode[E any](w io.Writer, version int, entries iter.Seq[E]) error {
	buffered := bufio.NewWriterSize(w, 1<<16)
	compressed, err := gzip.NewWriterLevel(buffered, gzip.BestSpeed)
	if err != nil {
		return err
	}
	lines := json.NewEncoder(&limitedWriter{compressed, MaxSize})
	if err := lines.Encode(header{format, version}); err != nil {
		return err
	}
	for e := range entries {
		if err := lines.Encode(e); err != nil {
			return err
		}
	}
	if err := compressed.Close(); err != nil {
		return err
	}
	return buffered.Flush()
}

// describe adds the directory to an error of the operating system, and removes the
// name of the file, which the user has not chosen.
func (d *Dir[E]) describe(err error) error {
	if err == nil {
		return nil
	}
	if pathErr := (*fs.PathError)(nil); errors.As(err, &pathErr) {
		err = pathErr.Err
	} else if linkErr := (*os.LinkError)(nil); errors.As(err, &linkErr) {
		err = linkErr.Err
	}
	return fmt.Errorf("%s: %w", d.path, err)
}
