package throttle_test

import (
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/collector/internal/throttle"
)

func TestSent_CountsTheSpanOfTheLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		th := newThrottle(30, time.Minute, 100)
		want := func(sent int) {
			t.Helper()
			if got := th.Sent("a"); got != sent {
				t.Errorf("got %d, want %d", got, sent)
			}
		}
		want(0)
		send(t, th, "a")
		send(t, th, "a")
		time.Sleep(20 * time.Second)
		send(t, th, "a")
		send(t, th, "b")
		want(3)
		time.Sleep(40*time.Second - time.Nanosecond) // the bucket is full again
		send(t, th, "new")                           // idle states are dropped here
		want(3)
		time.Sleep(time.Nanosecond)
		want(1)
		th.Configure(throttle.Limit{Requests: 30, Per: 50 * time.Second}, 100)
		want(1)
		time.Sleep(20 * time.Second)
		want(0)
		send(t, th, "a")
		want(1)
	})
}

func TestSent_OldRequestsTakeNoMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		th := newThrottle(300, time.Second, 1)
		heap := func() uint64 {
			var stats runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&stats)
			return stats.HeapAlloc
		}
		before := heap()
		for range 50_000 {
			_, release := send(t, th, "a")
			release()
			time.Sleep(5 * time.Millisecond)
		}
		if grown := int64(heap()) - int64(before); grown > 500_000 { // all of them take 1.2 MB
			t.Errorf("the heap grew by %d bytes", grown)
		}
		if sent := th.Sent("a"); sent != 199 {
			t.Errorf("%d sent in the last second, want 199", sent)
		}
	})
}

func TestStates_IdleTokensAreDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		th := newThrottle(3, time.Minute, 1)
		heap := func() int64 {
			var stats runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&stats)
			return int64(stats.HeapAlloc)
		}
		before := heap()
		for i := range 20_000 {
			_, release := send(t, th, string(rune('a'+i%20))+time.Duration(i).String())
			release()
			time.Sleep(time.Hour)
		}
		if grown := heap() - before; grown > 500_000 { // all of them take 4 MB
			t.Errorf("the heap grew by %d bytes", grown)
		}
		runtime.KeepAlive(th)
	})
}

func TestWaiting_CountsByToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		th := newThrottle(3, time.Minute, 100)
		th.Pause("b", time.Hour)
		for _, token := range []string{"a", "a", "a", "b", "c"} {
			go func() { _, _ = th.Acquire(t.Context(), throttle.Request{Token: token}) }()
		}
		want := func(a, b, c int) {
			t.Helper()
			synctest.Wait()
			if th.Waiting("a") != a || th.Waiting("b") != b || th.Waiting("c") != c || th.Waiting("unknown") != 0 {
				t.Errorf("got %d, %d, %d; want %d, %d, %d", th.Waiting("a"), th.Waiting("b"), th.Waiting("c"), a, b, c)
			}
		}
		want(2, 1, 0)
		time.Sleep(2 * time.Hour)
		want(0, 0, 0)
	})
}
