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
	interval      = 8 * time.Second  // between two checks for changes
	startDeadline = 5 * time.Second  // of the first read and write
	deadline      = 10 * time.Second // of any other read and write
	handover      = 2 * time.Second  // of the previous keeper, from when it was stopped
)

// Entries connects a [Keeper] to the values that it keeps. The keeper calls these
// functions one at a time.
type Entries[E any] struct {
	// Restore is called once, with the entries of the file, or with an error that wraps
	// [ErrNone] or [ErrInvalid].
	Restore func(entries []E, err error)
	Changes func() int // the number of changes so far
	Save    func() iter.Seq[E]

	// Notify is called when reading or writing fails, and with nil when it succeeds
	// again.
	Notify func(err error)
}

// A Keeper reads the file of a directory once. It writes the file within seconds of a
// change, and when it ends. It retries failed operations. Only its own goroutine waits
// for the file system. A file system that does not respond is reported as a failure.
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

// Keep starts a keeper. If there is a previous one, the new one starts soon after that
// was stopped. The keeper ends when ctx ends or [Keeper.Stop] is called.
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

// Stop tells the keeper to write for the last time, and to end. It does not wait.
func (k *Keeper[E]) Stop() { k.stop() }

// Started is closed when the first read and write have ended, or take too long.
func (k *Keeper[E]) Started() <-chan struct{} { return k.started }

// Done is closed after the last write.
func (k *Keeper[E]) Done() <-chan struct{} { return k.done }

// Err returns the error of the last read or write; nil if it succeeded.
func (k *Keeper[E]) Err() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.err
}

func (k *Keeper[E]) run(ctx context.Context) {
	defer close(k.done)
	defer k.dir.Close()
	defer k.stop()
	k.watch(startDeadline, func() error { return k.first(ctx) })
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for ended := false; !ended; {
		select {
		case <-ctx.Done():
			ended = true
		case <-ticker.C:
		}
		k.watch(deadline, k.update)
	}
}

// watch runs an operation and reports its result. If the operation is still running at
// the deadline, watch reports that first.
func (k *Keeper[E]) watch(deadline time.Duration, operation func() error) {
	reported := make(chan struct{})
	late := time.AfterFunc(deadline, func() {
		defer close(reported)
		k.report(k.dir.describe(fmt.Errorf("no response from the file system in %v", deadline)))
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
