package throttle_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/collector/internal/throttle"
)

// send waits for the throttle and returns the wait.
func send(t *testing.T, th *throttle.Throttle, token string) (waited time.Duration, release func()) {
	t.Helper()
	start := time.Now()
	release, err := th.Acquire(t.Context(), throttle.Request{Token: token})
	if err != nil {
		t.Fatalf("token %q: %v", token, err)
	}
	return time.Since(start), release
}

// sendIn does the same in the background.
func sendIn(t *testing.T, th *throttle.Throttle, token string) (waited chan time.Duration) {
	t.Helper()
	waited = make(chan time.Duration, 1)
	go func() {
		d, _ := send(t, th, token)
		waited <- d
	}()
	synctest.Wait()
	return waited
}

func newThrottle(requests int, per time.Duration, slots int) *throttle.Throttle {
	th := throttle.New()
	th.Configure(throttle.Limit{Requests: requests, Per: per}, slots)
	return th
}

func TestAcquire_BurstThenEvenly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		th := newThrottle(9, 12*time.Second, 100)
		for i := range 9 {
			want := time.Duration(0)
			if i >= 3 {
				want = 2 * time.Second // 6 in 12 s
			}
			if got, _ := send(t, th, "a"); got != want {
				t.Errorf("request %d waited %v, want %v", i, got, want)
			}
		}
		if got, _ := send(t, th, "b"); got != 0 {
			t.Errorf("another token waited %v", got)
		}
		if _, remaining := th.State("a"); remaining != 0 {
			t.Errorf("%d remaining, want 0", remaining)
		}
		time.Sleep(5 * time.Second)
		if _, remaining := th.State("a"); remaining != 2 {
			t.Errorf("%d remaining after 5 s, want 2", remaining)
		}
		if _, remaining := th.State("new"); remaining != 3 {
			t.Errorf("%d remaining for a new token, want 3", remaining)
		}
	})
}

func TestEstimate_IsTheWaitOfTheLastRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		th := newThrottle(9, 12*time.Second, 100)
		for n, want := range map[int]time.Duration{0: 0, 1: 0, 3: 0, 4: 2 * time.Second, 9: 12 * time.Second} {
			if got := th.Estimate("a", n); got != want {
				t.Errorf("%d requests: got %v, want %v", n, got, want)
			}
		}
		send(t, th, "a")
		th.Pause("a", time.Minute)
		waited := sendIn(t, th, "a")
		last := sendIn(t, th, "a")
		// The bucket is full again after the pause.
		for n, want := range map[int]time.Duration{2: time.Minute, 4: 62 * time.Second} {
			if got := th.Estimate("a", n); got != want {
				t.Errorf("%d requests after a pause: got %v, want %v", n, got, want)
			}
		}
		if one, two := <-waited, <-last; one != time.Minute || two != time.Minute {
			t.Errorf("waited %v and %v, want 1m", one, two)
		}
	})
}

func TestPause_DelaysItsTokenWithoutASlot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		th := newThrottle(300, time.Minute, 1)
		th.Pause("a", time.Minute)
		th.Pause("a", time.Second) // a shorter one does not end a longer one
		if paused, remaining := th.State("a"); paused != time.Minute || remaining != 0 {
			t.Errorf("got %v, %d; want 1m, 0", paused, remaining)
		}
		waited := sendIn(t, th, "a")
		got, release := send(t, th, "b")
		if got != 0 {
			t.Errorf("another token waited %v", got)
		}
		release()
		if got := <-waited; got != time.Minute {
			t.Errorf("waited %v, want 1m", got)
		}
	})
}

func TestConfigure_MoreSlotsServeWaitersImmediately(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		th := newThrottle(300, time.Minute, 1)
		send(t, th, "a")
		waited := sendIn(t, th, "a")
		time.Sleep(time.Second)
		th.Configure(throttle.Limit{Requests: 300, Per: time.Minute}, 2)
		if got := <-waited; got != time.Second {
			t.Errorf("waited %v, want 1s", got)
		}
	})
}

func TestConfigure_NothingIsSentBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		th := throttle.New()
		waited := sendIn(t, th, "a")
		time.Sleep(time.Second)
		th.Configure(throttle.Limit{Requests: 9, Per: time.Minute}, 100)
		if got := <-waited; got != time.Second {
			t.Errorf("waited %v, want 1s", got)
		}
		if _, remaining := th.State("a"); remaining != 2 {
			t.Errorf("%d remaining, want 2", remaining)
		}
	})
}

func TestReschedule_EndsTheWaitForAReplacedToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		th := newThrottle(300, time.Minute, 1)
		th.Pause("old", time.Hour)
		var replaced atomic.Bool
		var notified []time.Time
		old := throttle.Request{
			Token: "old", Current: func() bool { return !replaced.Load() },
			NotBefore: func(at, _ time.Time) { notified = append(notified, at) },
		}
		got := make(chan error)
		go func() {
			_, err := th.Acquire(t.Context(), old)
			got <- err
		}()
		kept := sendIn(t, th, "old") // of another account with the same token
		th.Reschedule()
		synctest.Wait()
		if n := th.Waiting("old"); n != 2 {
			t.Errorf("%d wait, want 2", n)
		}
		replaced.Store(true)
		th.Reschedule()
		start := time.Now()
		if err := <-got; !errors.Is(err, throttle.ErrReplaced) || time.Since(start) != 0 {
			t.Errorf("got %v after %v, want ErrReplaced immediately", err, time.Since(start))
		}
		if len(notified) != 2 || notified[0].Sub(start) != time.Hour || !notified[1].IsZero() {
			t.Errorf("was notified of %v, want an hour, then no delay", notified)
		}
		if _, err := th.Acquire(t.Context(), old); !errors.Is(err, throttle.ErrReplaced) {
			t.Errorf("got %v for a token replaced before, want ErrReplaced", err)
		}
		if got := <-kept; got != time.Hour {
			t.Errorf("the other account waited %v, want 1h", got)
		}
	})
}

func TestAcquire_CanceledWhileItWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		th := newThrottle(3, time.Minute, 1)
		_, release := send(t, th, "a")
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := th.Acquire(ctx, throttle.Request{Token: "b"}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want that the deadline is exceeded", err)
		}
		release()
		if got, _ := send(t, th, "b"); got != 0 {
			t.Errorf("the next one waited %v", got)
		}
	})
}

func TestAcquire_CanceledAsItGetsASlot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		th := newThrottle(3000, time.Minute, 1)
		canceled, cancel := context.WithCancel(t.Context())
		cancel()
		for range 100 { // select takes either case
			if release, err := th.Acquire(canceled, throttle.Request{Token: "a"}); err == nil {
				release()
			}
		}
		if got, _ := send(t, th, "a"); got != 0 {
			t.Errorf("the next one waited %v", got)
		}
	})
}

func TestThrottle_ConcurrentUse(t *testing.T) {
	th := newThrottle(1_000_000, time.Second, 4)
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() {
			for i := range 200 {
				token := fmt.Sprint(worker, i%17)
				_, release := send(t, th, token)
				th.State(token)
				release()
				th.State(fmt.Sprint(i))
				th.Sent(token)
				th.Waiting(token)
				if i%50 == 0 {
					th.Pause(token, time.Millisecond)
					th.Reschedule()
					th.Configure(throttle.Limit{Requests: 1_000_000 + i, Per: time.Second}, 4)
				}
			}
		})
	}
	wg.Wait()
}
