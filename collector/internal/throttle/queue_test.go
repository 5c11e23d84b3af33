package throttle_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/collector/internal/throttle"
)

// Requests of one token hang in all eight slots until their timeout, and a thousand more of
// its requests are queued.
func TestSlots_HangingTokenDelaysAnotherByOneTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const timeout = 30 * time.Second
		th := newThrottle(300, 5*time.Minute, 8)
		ctx, cancel := context.WithCancel(t.Context())
		defer synctest.Wait()
		defer cancel()
		for range 1000 {
			go func() {
				release, err := th.Acquire(ctx, throttle.Request{Token: "hangs"})
				if err != nil {
					return
				}
				select {
				case <-time.After(timeout):
				case <-ctx.Done():
				}
				release()
			}()
		}
		synctest.Wait()
		for round := range 20 {
			time.Sleep(time.Duration(round) * 7 * time.Second)
			const takes = time.Second
			start := time.Now()
			var wg sync.WaitGroup
			for range 5 {
				wg.Go(func() {
					_, release := send(t, th, "good")
					time.Sleep(takes)
					release()
				})
			}
			wg.Wait()
			if took := time.Since(start); took > timeout+5*takes {
				t.Errorf("round %d took %v, want at most one timeout and its own requests", round, took)
			}
		}
		if th.Sent("hangs") == 0 {
			t.Error("the other token got no slot at all")
		}
	})
}

func TestSlots_SharedEquallyBetweenTokens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		th := newThrottle(3000, time.Minute, 6)
		var mu sync.Mutex
		sent := make(map[string]int)
		var wg sync.WaitGroup
		for i := range 400 {
			token := string('a' + rune(min(i/100, 2))) // 100, 100 and 200
			wg.Go(func() {
				_, release := send(t, th, token)
				mu.Lock()
				sent[token]++
				mu.Unlock()
				time.Sleep(time.Second)
				release()
			})
			synctest.Wait()
		}
		time.Sleep(20 * time.Second)
		synctest.Wait()
		mu.Lock()
		// "a" has all slots first, then each gets a third, less what it was ahead.
		if got := fmt.Sprint(sent); got != "map[a:46 b:40 c:40]" {
			t.Errorf("got %s", got)
		}
		mu.Unlock()
		wg.Wait()
	})
}

func TestSlots_TokensTakeTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		th := newThrottle(3000, time.Minute, 1)
		_, release := send(t, th, "c")
		got := make(chan string, 30)
		for i := range 30 {
			token := string('a' + rune(i/10))
			go func() {
				_, release := send(t, th, token)
				got <- token
				release()
			}()
			synctest.Wait()
		}
		release()
		for i := range 30 {
			if token, want := <-got, "cab"[i%3:i%3+1]; token != want {
				t.Errorf("request %d was of token %s, want %s", i, token, want)
			}
		}
	})
}

func TestNotBefore_FollowsThePosition(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		th := newThrottle(3, 2*time.Second, 100) // one immediately, then one per second
		send(t, th, "a")
		start := time.Now()
		var mu sync.Mutex
		notified := make([]time.Duration, 3)
		cancels := make([]context.CancelFunc, len(notified))
		for i := range notified {
			var ctx context.Context
			ctx, cancels[i] = context.WithCancel(t.Context())
			go func() {
				_, _ = th.Acquire(ctx, throttle.Request{Token: "a", NotBefore: func(at, _ time.Time) {
					mu.Lock()
					defer mu.Unlock()
					notified[i] = at.Sub(start)
				}})
			}()
			synctest.Wait()
		}
		want := func(seconds ...time.Duration) {
			t.Helper()
			synctest.Wait()
			mu.Lock()
			defer mu.Unlock()
			for i, s := range seconds {
				if notified[i] != s*time.Second {
					t.Errorf("waiter %d was notified of %v, want %v", i, notified[i], s*time.Second)
				}
			}
		}
		want(1, 2, 3)
		th.Pause("a", time.Minute)
		want(60, 61, 62)
		cancels[0]()
		time.Sleep(time.Millisecond)
		want(60, 60, 61)
		th.Configure(throttle.Limit{Requests: 3, Per: 20 * time.Second}, 100)
		want(60, 60, 70)
		cancels[1]()
		cancels[2]()
	})
}

func TestNotBefore_BusySince(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		th := newThrottle(9, 9*time.Second, 100) // 3 immediately, then one per 1.5 s
		begin := time.Now()
		want := func(want time.Duration) {
			t.Helper()
			var got time.Duration
			if _, err := th.Acquire(t.Context(), throttle.Request{Token: "a", NotBefore: func(_, busySince time.Time) { got = busySince.Sub(begin) }}); err != nil {
				t.Error(err)
			}
			if got != want {
				t.Errorf("after %v it was notified of %v, want %v", time.Since(begin), got, want)
			}
		}
		want(0)
		for range 20 {
			time.Sleep(time.Second)
			want(0)
		}
		th.Configure(throttle.Limit{Requests: 9, Per: 18 * time.Second}, 100)
		want(0)
		time.Sleep(time.Minute) // the bucket is full again
		want(time.Since(begin))
		last := time.Since(begin)
		time.Sleep(time.Second)
		want(last)
		time.Sleep(time.Minute)
		th.Configure(throttle.Limit{Requests: 30, Per: 18 * time.Second}, 100)
		want(time.Since(begin)) // a larger bucket that is not full yet
	})
}

// A waiter that is sent earlier than it was notified of is notified again, or a scrape would not
// wait for its response.
func TestNotBefore_IsNeverAfterTheRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		th := newThrottle(3, 2*time.Minute, 100) // one immediately, then one per minute
		send(t, th, "a")
		ahead, cancel := context.WithCancel(t.Context())
		go func() { _, _ = th.Acquire(ahead, throttle.Request{Token: "a"}) }()
		synctest.Wait()
		var notified atomic.Pointer[time.Time]
		sent := make(chan time.Time)
		go func() {
			_, _ = th.Acquire(t.Context(), throttle.Request{Token: "a", NotBefore: func(at, _ time.Time) { notified.Store(&at) }})
			sent <- time.Now()
		}()
		time.Sleep(time.Minute - time.Microsecond)
		cancel()
		time.Sleep(time.Microsecond)
		send(t, th, "b") // serves "a" too, before its waiters are notified that one was removed
		if at := <-sent; notified.Load().After(at) {
			t.Errorf("was notified of %v later than it was sent", notified.Load().Sub(at))
		}
	})
}

// The cost of a request in the queue must not grow with the queue's length. Each
// waiter is notified of its time once, and not accessed again until it is sent.
func TestQueue_LinearInTheNumberOfWaiters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const waiters = 10_000
		th := newThrottle(300, 5*time.Minute, 8)
		var calls atomic.Int64
		var wg sync.WaitGroup
		ctx, cancel := context.WithCancel(t.Context())
		for range waiters {
			wg.Go(func() {
				release, err := th.Acquire(ctx, throttle.Request{
					Token:     "a",
					Current:   func() bool { calls.Add(1); return true },
					NotBefore: func(_, _ time.Time) { calls.Add(1) },
				})
				if err == nil {
					release()
				}
			})
		}
		time.Sleep(time.Hour + time.Second)
		if sent := waiters - th.Waiting("a"); sent != 100+60*60*200/300 {
			t.Errorf("%d were sent, want 2500", sent)
		}
		if n := calls.Load(); n > 2*waiters {
			t.Errorf("%d calls for %d waiters, want at most 2 each", n, waiters)
		}
		calls.Store(0)
		cancel() // all at once, as a reload or the end of the process does
		wg.Wait()
		if n := calls.Load(); n > waiters {
			t.Errorf("%d calls when %d waiters are canceled, want at most one each", n, waiters)
		}
	})
}

// BenchmarkQueue reports the time per request to queue for a token whose budget is
// spent, and to be removed from it. It must not grow with the number of waiters.
func BenchmarkQueue(b *testing.B) {
	for _, waiters := range []int{100, 1000, 10_000} {
		b.Run(fmt.Sprintf("waiters=%d", waiters), func(b *testing.B) {
			th := newThrottle(3, time.Hour, 8)
			for b.Loop() {
				ctx, cancel := context.WithCancel(b.Context())
				var wg sync.WaitGroup
				for _, token := range slices.Repeat([]string{"a"}, waiters) {
					wg.Go(func() {
						if release, err := th.Acquire(ctx, throttle.Request{Token: token}); err == nil {
							release()
						}
					})
				}
				cancel()
				wg.Wait()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*waiters), "ns/request")
		})
	}
}
