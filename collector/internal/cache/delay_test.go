package cache_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// delayed returns a fetch whose request is delayed until other times as time goes
// by, and never sent.
func delayed(after, until []time.Duration) func(context.Context, func(time.Time)) (int, time.Time, error) {
	start := time.Now()
	return func(ctx context.Context, notBefore func(time.Time)) (int, time.Time, error) {
		for i := range after {
			select {
			case <-ctx.Done():
			case <-time.After(after[i] - time.Since(start)):
				notBefore(start.Add(until[i]))
			}
		}
		<-ctx.Done()
		return 0, time.Time{}, ctx.Err()
	}
}

func TestWait_NotForADelayLongerThanItsTimeout(t *testing.T) {
	const s = time.Second
	withFixture(t, func(f *fixture) {
		fetch := delayed([]time.Duration{0, 5 * s, 8 * s}, []time.Duration{30 * s, 10 * s, 3600 * s})
		for _, c := range []struct{ timeout, waits time.Duration }{
			{20 * s, 0},
			{40 * s, 8 * s}, // until it is delayed for an hour
			{60 * s, 0},
		} {
			start := time.Now()
			ctx, cancel := context.WithTimeout(f.Context(), c.timeout)
			lookup := f.cache.Fetch("key", f.policy, fetch)
			synctest.Wait()
			f.want(describe(lookup.Wait(ctx)), "none failing", 0)
			cancel()
			if waited := time.Since(start); waited != c.waits {
				t.Errorf("timeout %v: waited %v, want %v", c.timeout, waited, c.waits)
			}
		}
	})
}

// When more is due than the rate limit carries, each call is delayed for a long
// time. A lookup does not wait for one just because its delay is about to end, or
// has ended.
func TestWait_NotForACallThatWasDelayedForLong(t *testing.T) {
	const s = time.Second
	withFixture(t, func(f *fixture) {
		fetch := delayed([]time.Duration{0}, []time.Duration{100 * s})
		for _, at := range []time.Duration{0, 95 * s, 101 * s} {
			time.Sleep(at)
			start := time.Now()
			ctx, cancel := context.WithTimeout(f.Context(), 10*s)
			lookup := f.cache.Fetch("key", f.policy, fetch)
			synctest.Wait()
			lookup.Wait(ctx)
			cancel()
			if waited := time.Since(start); waited != 0 {
				t.Errorf("after %v: waited %v", at, waited)
			}
		}
	})
}
