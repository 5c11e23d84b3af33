package storage_test

import (
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/collector/internal/storage"
)

// A keeping is a keeper and its entries.
type keeping struct {
	*testing.T
	dir    string
	keeper *storage.Keeper[entry]
	slow   atomic.Int64 // how long Restore and Save take

	mu       sync.Mutex
	values   []entry
	saves    int
	restored string
	log      []string
}

// withKeeping runs a test on a fake clock.
func withKeeping(t *testing.T, dir string, test func(k *keeping)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		k := &keeping{T: t, dir: dir}
		k.keep(nil)
		test(k)
		k.keeper.Stop()
		<-k.keeper.Done()
	})
}

func (k *keeping) keep(previous *storage.Keeper[entry]) {
	k.keeper = storage.Keep(k.Context(), storage.New[entry](k.dir, 1), storage.Entries[entry]{
		Restore: func(entries []entry, err error) {
			time.Sleep(time.Duration(k.slow.Load()))
			k.locked(func() { k.restored = fmt.Sprintf("%v %v", entries, err) })
		},
		Changes: func() (n int) {
			k.locked(func() { n = len(k.values) })
			return n
		},
		Save: func() iter.Seq[entry] {
			time.Sleep(time.Duration(k.slow.Load()))
			var entries []entry
			k.locked(func() { k.saves, entries = k.saves+1, slices.Clone(k.values) })
			return slices.Values(entries)
		},
		Notify: func(err error) { k.locked(func() { k.log = append(k.log, fmt.Sprint(err)) }) },
	}, previous)
}

func (k *keeping) locked(do func()) {
	k.mu.Lock()
	defer k.mu.Unlock()
	do()
}

func (k *keeping) change(e entry) { k.locked(func() { k.values = append(k.values, e) }) }

// file describes what is in the file.
func (k *keeping) file() string {
	synctest.Wait()
	entries, err := read(k.dir)
	return fmt.Sprintf("%v %v", entries, err)
}

func (k *keeping) want(what, got, want string) {
	k.Helper()
	if got != want {
		k.Errorf("%s: got %s, want %s", what, got, want)
	}
}

func (k *keeping) wantRestored(want string) {
	k.Helper()
	k.mu.Lock()
	defer k.mu.Unlock()
	k.want("restored", k.restored, want)
}

func (k *keeping) wantLog(lines ...string) {
	k.Helper()
	synctest.Wait()
	k.mu.Lock()
	defer k.mu.Unlock()
	k.want("log", strings.Join(k.log, "\n"), strings.Join(lines, "\n"))
	if up := len(k.log)%2 == 0; up != (k.keeper.Err() == nil) {
		k.Errorf("after %q, the error is %v", k.log, k.keeper.Err())
	}
}

func TestKeeper_WritesWithinTenSecondsAndOnlyChanges(t *testing.T) {
	withKeeping(t, t.TempDir(), func(k *keeping) {
		<-k.keeper.Started()
		k.wantRestored("[] no file yet")
		k.want("after the start", k.file(), "[] <nil>")
		for i := range 3 {
			time.Sleep(time.Duration(i) * time.Second)
			k.change(entry{"a", i})
			time.Sleep(10 * time.Second)
			k.want("after 10 s", k.file(), fmt.Sprint(k.values, " <nil>"))
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		k.locked(func() { k.want("writes", fmt.Sprint(k.saves), "4") })
		k.wantLog()
	})
}

func TestKeeper_WritesAtItsEnd(t *testing.T) {
	withKeeping(t, t.TempDir(), func(k *keeping) {
		<-k.keeper.Started()
		k.change(entry{"a", 1})
		k.keeper.Stop()
		<-k.keeper.Done()
		k.want("after the end", k.file(), "[{a 1}] <nil>")

		k.keep(nil)
		<-k.keeper.Started()
		k.wantRestored("[{a 1}] <nil>")
	})
}

func TestKeeper_InvalidFileIsReplaced(t *testing.T) {
	dir, file := written(t, someEntries())
	if err := os.Truncate(file, 30); err != nil {
		t.Fatal(err)
	}
	withKeeping(t, dir, func(k *keeping) {
		<-k.keeper.Started()
		k.wantRestored("[] not a complete cache file of this version: unexpected EOF")
		k.want("file", k.file(), "[] <nil>")
		k.wantLog()
	})
}

func TestKeeper_MissingDirectoryIsTriedAgain(t *testing.T) {
	other, _ := written(t, someEntries())
	dir := filepath.Join(t.TempDir(), "dir")
	withKeeping(t, dir, func(k *keeping) {
		<-k.keeper.Started()
		k.change(entry{"new", 1})
		time.Sleep(time.Minute)
		k.wantRestored("")
		k.wantLog(dir + ": no such file or directory")

		if err := os.Rename(other, dir); err != nil { // as a file system that is mounted late
			t.Fatal(err)
		}
		time.Sleep(10 * time.Second)
		synctest.Wait()
		k.wantRestored(fmt.Sprint(someEntries(), " <nil>"))
		k.want("file", k.file(), "[{new 1}] <nil>")
		k.wantLog(dir+": no such file or directory", "<nil>")

		if err := os.Rename(dir, other); err != nil {
			t.Fatal(err)
		}
		k.change(entry{"newer", 2})
		time.Sleep(time.Minute)
		k.wantLog(dir+": no such file or directory", "<nil>", dir+": no such file or directory")
		if err := os.Rename(other, dir); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Second)
		k.want("file", k.file(), "[{new 1} {newer 2}] <nil>")
		k.wantLog(dir+": no such file or directory", "<nil>", dir+": no such file or directory", "<nil>")
	})
}

func TestKeeper_TwoInOneDirectory(t *testing.T) {
	dir, _ := written(t, someEntries())
	withKeeping(t, dir, func(first *keeping) {
		<-first.keeper.Started()
		second := &keeping{T: first.T, dir: dir}
		second.keep(nil)
		<-second.keeper.Started()
		second.wantRestored("[] <nil>") // what the first one has written
		second.change(entry{"second", 2})
		time.Sleep(time.Minute)
		inUse := dir + ": the directory is used by another exporter: give each exporter its own"
		second.wantLog(inUse)
		second.want("file", second.file(), "[] <nil>")
		first.wantLog()

		first.keeper.Stop()
		<-first.keeper.Done()
		time.Sleep(10 * time.Second)
		second.wantLog(inUse, "<nil>")
		second.want("file", second.file(), "[{second 2}] <nil>")
		second.keeper.Stop()
		<-second.keeper.Done()
	})
}

func TestKeeper_WaitsForThePreviousOne(t *testing.T) {
	withKeeping(t, t.TempDir(), func(k *keeping) {
		<-k.keeper.Started()
		k.change(entry{"a", 1})
		k.slow.Store(int64(time.Second))
		k.keeper.Stop()
		synctest.Wait() // the last write is in progress
		k.slow.Store(0)
		k.keep(k.keeper)
		<-k.keeper.Started()
		k.wantRestored("[{a 1}] <nil>")
		k.wantLog()
	})
}

func TestKeeper_PreviousOneThatDoesNotEnd(t *testing.T) {
	withKeeping(t, t.TempDir(), func(k *keeping) {
		k.slow.Store(int64(time.Hour))
		synctest.Wait() // its file system does not respond
		previous := k.keeper
		previous.Stop()
		k.slow.Store(0)
		k.dir = t.TempDir()
		k.keep(previous)
		<-k.keeper.Started()
		k.wantLog()
		k.want("file", k.file(), "[] <nil>")
		time.Sleep(time.Hour)
		<-previous.Done()
	})
}

func TestKeeper_FileSystemThatDoesNotRespond(t *testing.T) {
	dir := t.TempDir()
	withKeeping(t, dir, func(k *keeping) {
		start := time.Now()
		k.slow.Store(int64(time.Hour))
		<-k.keeper.Started()
		if waited := time.Since(start); waited != 5*time.Second {
			t.Errorf("started after %v, want 5s", waited)
		}
		late := dir + ": no response from the file system in 5s"
		k.wantLog(late)
		time.Sleep(50 * time.Minute)
		k.slow.Store(0)
		time.Sleep(10 * time.Minute)
		k.wantLog(late, "<nil>")

		k.slow.Store(int64(time.Minute))
		k.change(entry{"a", 1})
		time.Sleep(8*time.Second + 10*time.Second)
		k.wantLog(late, "<nil>", dir+": no response from the file system in 10s")
		k.slow.Store(0)
		time.Sleep(50 * time.Second)
		k.wantLog(late, "<nil>", dir+": no response from the file system in 10s", "<nil>")
		k.want("file", k.file(), "[{a 1}] <nil>")
	})
}
