package storage

import (
	"errors"
	"os"
	"path/filepath"
)

// Lock locks the directory for writing, unless it is locked already. It returns
// [ErrInUse] while another process has the lock, which ends with the process.
func (d *Dir[E]) Lock() error {
	name := filepath.Join(d.path, lockName)
	if d.lock != nil {
		mine, err := d.lock.Stat()
		current, statErr := os.Stat(name)
		if err == nil && statErr == nil && os.SameFile(mine, current) {
			return nil
		}
		d.Close() // the directory was replaced
	}
	f, err := openLocked(name)
	if errors.Is(err, ErrInUse) {
		return d.describe(ErrInUse)
	}
	if err != nil {
		return d.describe(err)
	}
	d.lock = f
	return nil
}

// Close lets another process write to the directory.
func (d *Dir[E]) Close() {
	if d.lock != nil {
		_ = d.lock.Close()
		d.lock = nil
	}
}
