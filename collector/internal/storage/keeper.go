package storage

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"
	"time"
)

const (
	interval      = 8 * time.Second  // how often a change is looked for
	startPatience = 5 * time.Second  // how long the first read and write may take
	patience      = 10 * time.Second // how long any other may take
	handover      = 2 * time.Second  // how long the previous keeper may take to end
)

// Entries are what a [Keeper] keeps. It calls these functions one at a time.
type Entries[E any] struct {
	// Restore is called once, with the entries of the file, or with an error that wraps
	// [ErrNone] or [ErrInvalid].
	Restore func(entries []E, err error)
	Changes func() int // the number of changes until now
	Save    func() iter.Seq[E]

	// Notify is called when reading or writing fails, and with nil when it succeeds
	// again.
	Notify func(err error)
}

// A Keeper reads the file of a directory once, and writes it soon after a change and at
// its end. It tries again what fails. Only its own goroutine waits for the file system:
// one that does not respond is a failure.
type Keeper[E any] struct {
	dir      *Dir[E]
	entries  Entries[E]
	previous *Keeper[E]
	started  chan struct{}
	start    func() // closes started
	stop     context.CancelFunc
	done     chan struct{}
	restored bool
	written  int // the changes that are in the file; -1 if it must be written

	mu  sync.Mutex
	err error
}

// Keep starts to keep entries in a directory, soon after the previous keeper, if any, was
// stopped. It ends with ctx, or when it is stopped.
func Keep[E any](ctx context.Context, dir *Dir[E], entries Entries[E], previous *Keeper[E]) *Keeper[E] {
	k := &Keeper[E]{
		dir: dir, entries: entries, previous: previous,
		started: make(chan struct{}), done: make(chan struct{}), written: -1,
	}
	ctx, k.stop = context.WithCancel(ctx)
	k.start = sync.OnceFunc(func() { close(k.started) })
	go k.run(ctx)
	return k
}

// Stop lets the keeper write for the last time, and end. It does not wait for that.
func (k *Keeper[E]) Stop() { k.stop() }

// Started is closed when the first read and write have ended, or take too long.
func (k *Keeper[E]) Started() <-chan struct{} { return k.started }

// Done is closed after the last write.
func (k *Keeper[E]) Done() <-chan struct{} { return k.done }

// Err returns how the last read or write failed; nil if it did not.
func (k *Keeper[E]) Err() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.err
}

func (k *Keeper[E]) run(ctx context.Context) {
	defer close(k.done)
	defer k.dir.Close()
	defer k.stop()
	k.watch(startPatience, func() error { return k.first(ctx) })
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for ended := false; !ended; {
		select {
		case <-ctx.Done():
			ended = true
		case <-ticker.C:
		}
		k.watch(patience, k.update)
	}
}

// watch reports the result of an operation, and meanwhile that it takes too long.
func (k *Keeper[E]) watch(patience time.Duration, operation func() error) {
	reported := make(chan struct{})
	late := time.AfterFunc(patience, func() {
		defer close(reported)
		k.report(k.dir.describe(fmt.Errorf("no response from the file system in %v", patience)))
		k.start()
	})
	err := operation()
	if !late.Stop() {
		<-reported
	}
	k.report(err)
	k.start()
}

func (k *Keeper[E]) report(err error) {
	k.mu.Lock()
	before := k.err
	k.err = err
	k.mu.Unlock()
	if (before == nil) != (err == nil) {
		k.entries.Notify(err)
	}
}

// first is the first update. The previous keeper may have the lock until it ends, which
// takes forever on a file system that does not respond.
func (k *Keeper[E]) first(ctx context.Context) error {
	if k.previous != nil {
		select {
		case <-k.previous.done:
		case <-time.After(handover):
		case <-ctx.Done():
		}
		k.previous = nil
	}
	return k.update()
}

// update reads the file if it has not been read, and writes it if something has changed.
// The first write shows whether the directory can be used.
func (k *Keeper[E]) update() error {
	if !k.restored {
		entries, err := k.dir.Read()
		if err != nil && !errors.Is(err, ErrNone) && !errors.Is(err, ErrInvalid) {
			return err
		}
		k.entries.Restore(entries, err)
		k.restored = true
	}
	changes := k.entries.Changes()
	if k.written == changes {
		return nil
	}
	k.written = -1
	if err := k.dir.Lock(); err != nil {
		return err
	}
	if err := k.dir.Write(k.entries.Save()); err != nil {
		return err
	}
	k.written = changes
	return nil
}
