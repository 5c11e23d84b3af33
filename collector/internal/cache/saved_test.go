package cache_test

import (
	"context"
	"testing"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/collector/internal/cache"
)

// restart replaces the cache by one that restores its values, which are older by then.
func (f *fixture) restart(older time.Duration) {
	f.Helper()
	saved := f.cache.Save()
	f.cache = cache.New[string, int](f.Context())
	for _, s := range saved {
		s.Age += older
		f.cache.Restore(s, f.policy)
	}
}

func TestRestore_AgeContinues(t *testing.T) {
	withFixture(t, func(f *fixture) {
		f.restart(0)
		f.wantPeek("none failing")
		f.get(time.Second)
		time.Sleep(5 * time.Minute)
		f.restart(5 * time.Minute)
		f.want(f.get(time.Second), "fresh 1", 1)
		time.Sleep(5 * time.Minute) // the age is that of the TTL
		f.want(f.get(time.Second), "refreshed 2", 2)
	})
}

func TestRestore_DueValueIsFetched(t *testing.T) {
	withFixture(t, func(f *fixture) {
		f.get(time.Second)
		f.restart(20 * time.Minute)
		f.wantPeek("stale 1 failing") // not known to succeed
		f.fails = true
		f.want(f.get(time.Second), "stale 1 failing", 2)
		f.restart(20 * time.Minute) // to 40: the backoff is not kept
		f.want(f.get(time.Second), "stale 1 failing", 3)
		f.restart(21 * time.Minute)
		f.wantPeek("none failing known")
	})
}

func TestRestore_ValueFromTheFutureCountsAsNew(t *testing.T) {
	withFixture(t, func(f *fixture) {
		f.get(time.Second)
		f.restart(-time.Hour)
		f.wantPeek("fresh 1")
		time.Sleep(15 * time.Minute)
		f.wantPeek("stale 1")
	})
}

func TestRestore_KeepsNewerValueAndCall(t *testing.T) {
	withFixture(t, func(f *fixture) {
		f.get(time.Second)
		time.Sleep(15 * time.Minute)
		saved := f.cache.Save()[0]
		f.want(f.get(time.Second), "refreshed 2", 2)
		f.cache.Restore(saved, f.policy)
		f.wantPeek("fresh 2")

		f.cache = cache.New[string, int](f.Context())
		f.takes = time.Minute
		lookup := f.cache.Fetch("key", f.policy, f.fetch())
		f.cache.Restore(saved, f.policy) // while the call is in progress
		f.wantPeek("stale 1 failing, fetching")
		f.want(describe(lookup.Wait(f.Context())), "refreshed 3", 3)
	})
}

func TestChanges_CountsValuesAndDroppedKeys(t *testing.T) {
	withFixture(t, func(f *fixture) {
		changed := func(what string, want bool, change func()) {
			t.Helper()
			before := f.cache.Changes()
			change()
			if got := f.cache.Changes() != before; got != want {
				t.Errorf("%s: changed %v, want %v", what, got, want)
			}
		}
		changed("a new value", true, func() { f.get(time.Second) })
		changed("the same value", false, func() { f.get(time.Second) })
		time.Sleep(15 * time.Minute)
		f.fails = true
		changed("a failure", false, func() { f.get(time.Second) })
		changed("all kept", false, func() { f.cache.Retain(func(string) bool { return true }) })
		changed("dropped", true, func() { f.cache.Retain(func(string) bool { return false }) })
		if all := f.cache.Save(); len(all) != 0 {
			t.Errorf("saved %v of no values", all)
		}
		ctx, cancel := context.WithCancel(f.Context())
		cancel()
		f.cache.Fetch("key", f.policy, f.fetch()).Wait(ctx)
		if all := f.cache.Save(); len(all) != 0 {
			t.Errorf("saved %v of a key without a value", all)
		}
	})
}
