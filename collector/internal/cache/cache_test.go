package cache_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/collector/internal/cache"
)

// A fixture is a cache and an upstream whose values count the fetches.
type fixture struct {
	*testing.T
	cache   *cache.Cache[string, int]
	policy  cache.Policy[int]
	fetches atomic.Int64
	takes   time.Duration // from when the request is sent
	fails   bool
	day     int // values of other days are outdated
}

var errDown = errors.New("down")

// withFixture runs a test on a fake clock.
func withFixture(t *testing.T, test func(f *fixture)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		f := &fixture{T: t, cache: cache.New[string, int](ctx)}
		f.policy = cache.Policy[int]{
			TTL: 15 * time.Minute, MaxStale: time.Hour, Retry: 15 * time.Second, MaxRetry: 5 * time.Minute,
			IsOutdated: func(value int) bool { return value/1000 != f.day },
		}
		test(f)
	})
}

// fetch returns a fetch from the upstream as it is now.
func (f *fixture) fetch() cache.Fetch[int] {
	day, takes, fails := f.day, f.takes, f.fails
	return func(ctx context.Context, _ cache.NotBefore) (int, time.Time, error) {
		value, sent := 1000*day+int(f.fetches.Add(1)), time.Now()
		select {
		case <-ctx.Done():
			return 0, sent, ctx.Err()
		case <-time.After(takes):
		}
		if fails {
			return 0, sent, errDown
		}
		return value, sent, nil
	}
}

// get looks up a key, waits for at most a time, and describes the result.
func (f *fixture) get(timeout time.Duration) string {
	f.Helper()
	ctx, cancel := context.WithTimeout(f.Context(), timeout)
	defer cancel()
	return describe(f.cache.Fetch("key", f.policy, f.fetch()).Wait(ctx))
}

func describe(a cache.Item[int]) string {
	s := string(a.Result)
	if a.Result != cache.None {
		s = fmt.Sprint(s, " ", a.Value)
	}
	if !a.OK {
		s += " failing"
	}
	if a.Known && a.Result == cache.None {
		s += " known"
	}
	return s
}

func (f *fixture) want(got, want string, fetches int) {
	f.Helper()
	if n := int(f.fetches.Load()); got != want || n != fetches {
		f.Errorf("got %q after %d fetches, want %q after %d", got, n, want, fetches)
	}
}

func TestFetch_RepeatedAfterTheTTL(t *testing.T) {
	withFixture(t, func(f *fixture) {
		f.want(f.get(time.Second), "refreshed 1", 1)
		f.want(f.get(time.Second), "fresh 1", 1)
		time.Sleep(13*time.Minute + 29*time.Second) // less than the TTL less a tenth
		f.want(f.get(time.Second), "fresh 1", 1)
		time.Sleep(92 * time.Second) // more than the TTL
		f.want(f.get(time.Second), "refreshed 2", 2)
	})
}

func TestFetch_KeysAreDueAtDifferentAges(t *testing.T) {
	withFixture(t, func(f *fixture) {
		due := make(map[time.Duration]int)
		const keys = 200
		fetchAll := func(at time.Duration) {
			before := int(f.fetches.Load())
			for i := range keys {
				f.cache.Fetch(fmt.Sprint(i), f.policy, f.fetch()).Wait(f.Context())
			}
			due[at] = int(f.fetches.Load()) - before
		}
		fetchAll(0)
		time.Sleep(13*time.Minute + 30*time.Second)
		for at := time.Duration(0); at <= 90*time.Second; at += 15 * time.Second {
			fetchAll(13*time.Minute + 30*time.Second + at)
			time.Sleep(15 * time.Second)
		}
		delete(due, 0)
		total := 0
		for at, n := range due {
			total += n
			if n > keys/2 {
				t.Errorf("%d of %d were due at %v", n, keys, at)
			}
		}
		if total != keys {
			t.Errorf("%d of %d were due between 90 %% of the TTL and all of it", total, keys)
		}
	})
}

func TestFetch_OutdatedValueIsDue(t *testing.T) {
	withFixture(t, func(f *fixture) {
		f.get(time.Second)
		f.day, f.takes = 1, time.Minute
		f.want(f.get(time.Second), "stale 1", 2)
		time.Sleep(time.Minute)
		f.want(f.get(time.Second), "fresh 1002", 2)
	})
}

func TestFetch_ConcurrentLookupsShareACall(t *testing.T) {
	withFixture(t, func(f *fixture) {
		f.takes = time.Second
		got := make(chan string)
		for range 50 {
			go func() { got <- f.get(time.Minute) }()
		}
		for range 50 {
			f.want(<-got, "refreshed 1", 1)
		}
	})
}

func TestFetch_CallOutlivesItsFirstCaller(t *testing.T) {
	withFixture(t, func(f *fixture) {
		f.takes = 10 * time.Second
		start := time.Now()
		f.want(f.get(3*time.Second), "none failing", 1)
		if waited := time.Since(start); waited != 3*time.Second {
			t.Errorf("waited %v, want until the deadline", waited)
		}
		f.want(f.get(time.Minute), "refreshed 1", 1)
		if waited := time.Since(start); waited != 10*time.Second {
			t.Errorf("waited %v, want until the value came", waited)
		}
	})
}

func TestMaxStale_ValueIsReturnedUntilThenAndKeptAfter(t *testing.T) {
	withFixture(t, func(f *fixture) {
		f.get(time.Second)
		f.fails = true
		time.Sleep(15 * time.Minute)
		f.want(f.get(time.Second), "stale 1 failing", 2)
		time.Sleep(45*time.Minute - time.Second)
		f.want(f.get(time.Second), "stale 1 failing", 3)
		time.Sleep(time.Second)
		f.want(f.get(time.Second), "none failing known", 3)
		f.fails = false
		time.Sleep(5 * time.Minute)
		f.want(f.get(time.Second), "refreshed 4", 4)
	})
}

func TestMaxStale_ZeroMeansTheTTL(t *testing.T) {
	withFixture(t, func(f *fixture) {
		f.policy.MaxStale = 0
		f.get(time.Second)
		f.fails = true
		time.Sleep(15*time.Minute - time.Nanosecond)
		f.want(f.get(time.Second), "stale 1 failing", 2)
		time.Sleep(time.Nanosecond)
		f.want(f.get(time.Second), "none failing known", 2)
	})
}

func TestAge_CountsFromWhenTheRequestWasSent(t *testing.T) {
	withFixture(t, func(f *fixture) {
		f.takes = time.Minute
		start := time.Now()
		f.want(f.get(time.Hour), "refreshed 1", 1)
		due := f.cache.Peek("key", f.policy).DueIn
		if due > 14*time.Minute || due <= 12*time.Minute+30*time.Second {
			t.Errorf("due in %v, want 12m30s to 14m", due)
		}
		time.Sleep(due - time.Nanosecond)
		f.wantPeek("fresh 1")
		time.Sleep(time.Nanosecond)
		f.wantPeek("stale 1")
		time.Sleep(time.Hour - time.Since(start) - time.Nanosecond)
		f.wantPeek("stale 1")
		time.Sleep(time.Nanosecond)
		f.wantPeek("none known")
	})
}

// The response takes longer than the TTL: each is due, and too old to be used,
// when it arrives. A lookup that waited for it gets it, and the next one fetches again.
func TestAge_ResponseSlowerThanTheTTL(t *testing.T) {
	withFixture(t, func(f *fixture) {
		f.policy.TTL, f.policy.MaxStale, f.takes = 10*time.Second, 0, 25*time.Second
		f.want(f.get(30*time.Second), "refreshed 1", 1)
		synctest.Wait()
		f.wantPeek("none known")
		f.want(f.get(9*time.Second), "none known", 2)
		f.want(f.get(30*time.Second), "refreshed 2", 2)
		time.Sleep(time.Hour)
		f.want("", "", 2)
	})
}

func TestFailure_WaitDoubles(t *testing.T) {
	for _, c := range []struct {
		ttl   time.Duration
		waits []time.Duration // in seconds
	}{
		{15 * time.Minute, []time.Duration{15, 30, 60, 120, 240, 300, 300}},
		{20 * time.Second, []time.Duration{15, 20, 20}},
		{time.Second, []time.Duration{1, 1}},
	} {
		withFixture(t, func(f *fixture) {
			f.fails, f.policy.TTL = true, c.ttl
			f.want(f.get(time.Second), "none failing", 1)
			for i, wait := range c.waits {
				time.Sleep(wait*time.Second - time.Nanosecond)
				f.want(f.get(time.Second), "none failing", i+1)
				time.Sleep(time.Nanosecond)
				f.want(f.get(time.Second), "none failing", i+2)
			}
			f.fails = false
			time.Sleep(5 * time.Minute)
			f.get(time.Second)
			f.fails, f.day = true, 1 // a success has reset the wait
			fetches := f.fetches.Load()
			f.get(time.Second)
			time.Sleep(min(15*time.Second, c.ttl))
			f.get(time.Second)
			if n := f.fetches.Load() - fetches; n != 2 {
				t.Errorf("%d fetches, want 2 after a success", n)
			}
		})
	}
}

func TestResetBackoff_RetriesImmediately(t *testing.T) {
	withFixture(t, func(f *fixture) {
		f.fails = true
		f.get(time.Second)
		f.cache.ResetBackoff(func(k string) bool { return k != "key" })
		f.want(f.get(time.Second), "none failing", 1)
		f.cache.ResetBackoff(func(k string) bool { return k == "key" })
		f.want(f.get(time.Second), "none failing", 2)
	})
}

func TestRetain_DropsAndCancelsTheOthers(t *testing.T) {
	withFixture(t, func(f *fixture) {
		f.get(time.Second)
		f.cache.Retain(func(k string) bool { return k == "key" })
		f.want(f.get(time.Second), "fresh 1", 1)

		f.day, f.takes = 1, time.Hour
		start := time.Now()
		time.AfterFunc(time.Second, func() { f.cache.Retain(func(string) bool { return false }) })
		f.want(f.get(time.Minute), "stale 1", 2)
		if waited := time.Since(start); waited != time.Second {
			t.Errorf("waited %v for a call that was canceled", waited)
		}
		f.takes = 0
		f.want(f.get(time.Second), "refreshed 1003", 3)
	})
}

func TestContext_EndIsNotAFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		f := &fixture{T: t, cache: cache.New[string, int](ctx), takes: time.Second}
		f.policy = cache.Policy[int]{TTL: time.Minute, MaxStale: time.Hour, IsOutdated: func(int) bool { return false }}
		f.want(f.get(time.Minute), "refreshed 1", 1)
		time.Sleep(time.Minute)
		time.AfterFunc(time.Millisecond, cancel)
		start := time.Now()
		f.want(f.get(time.Minute), "stale 1", 2)
		if waited := time.Since(start); waited != time.Millisecond {
			t.Errorf("waited %v, want until the end", waited)
		}
		f.want(f.get(time.Minute), "stale 1", 2) // nothing is fetched any more
	})
}
