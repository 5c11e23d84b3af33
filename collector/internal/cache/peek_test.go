package cache_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/collector/internal/cache"
)

// peek describes the state of the key.
func (f *fixture) peek() string {
	f.Helper()
	synctest.Wait()
	fetches := f.fetches.Load()
	state := f.cache.Peek("key", f.policy)
	synctest.Wait()
	if n := f.fetches.Load(); n != fetches {
		f.Errorf("Peek started %d fetches", n-fetches)
	}
	s := describe(state.Item)
	if state.RetryIn != 0 {
		s += fmt.Sprint(", retry in ", state.RetryIn)
	}
	if state.DelayedFor != 0 {
		s += fmt.Sprint(", delayed for ", state.DelayedFor)
	}
	if state.Fetching {
		s += ", fetching"
	}
	if (state.DueIn > 0) != (state.Result == cache.Fresh) {
		f.Errorf("%s is due in %v", s, state.DueIn)
	}
	return s
}

func (f *fixture) wantPeek(want string) {
	f.Helper()
	if got := f.peek(); got != want {
		f.Errorf("got %q, want %q", got, want)
	}
}

func TestPeek_EveryState(t *testing.T) {
	withFixture(t, func(f *fixture) {
		f.wantPeek("none failing")
		f.takes = time.Second
		f.get(0)
		f.wantPeek("none failing, fetching")
		time.Sleep(time.Second)
		f.wantPeek("fresh 1")

		due := f.cache.Peek("key", f.policy).DueIn
		time.Sleep(due - time.Nanosecond)
		f.wantPeek("fresh 1")
		f.want(f.get(0), "fresh 1", 1)
		time.Sleep(time.Nanosecond)
		f.wantPeek("stale 1")

		f.fails = true
		f.get(time.Minute)
		f.wantPeek("stale 1 failing, retry in 15s")
		time.Sleep(10 * time.Second)
		f.wantPeek("stale 1 failing, retry in 5s")
		f.cache.ResetBackoff(func(string) bool { return true })
		f.wantPeek("stale 1 failing")
		time.Sleep(time.Hour)
		f.wantPeek("none failing known")

		f.fails = false
		f.get(time.Minute)
		f.wantPeek("fresh 3")
		f.day = 1
		f.wantPeek("stale 3")
		f.cache.Retain(func(string) bool { return false })
		f.wantPeek("none failing")
	})
}

func TestPeek_DelayedRequest(t *testing.T) {
	withFixture(t, func(f *fixture) {
		start := time.Now()
		f.cache.Fetch("key", f.policy, func(ctx context.Context, notBefore cache.NotBefore) (int, time.Time, error) {
			notBefore(start.Add(time.Minute), start)
			time.Sleep(20 * time.Second)
			notBefore(time.Time{}, time.Time{})
			<-ctx.Done()
			return 0, time.Time{}, ctx.Err()
		})
		synctest.Wait()
		f.wantPeek("none failing, delayed for 1m0s, fetching")
		time.Sleep(10 * time.Second)
		f.wantPeek("none failing, delayed for 50s, fetching")
		time.Sleep(10 * time.Second)
		f.wantPeek("none failing, fetching")
	})
}
