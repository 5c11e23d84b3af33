package throttle_test

import (
	"fmt"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/collector/internal/throttle"
)

func TestWhatHasLeftIsCountedForTheSpanOfTheLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		th := newThrottle(30, time.Minute, 100)
		want := func(left int) {
			t.Helper()
			if got := th.Left("a"); got != left {
				t.Errorf("%d have left, want %d", got, left)
			}
		}
		want(0)
		leave(t, th, "a")
		leave(t, th, "a")
		time.Sleep(20 * time.Second)
		leave(t, th, "a")
		leave(t, th, "b")
		want(3)
		time.Sleep(40*time.Second - time.Nanosecond) // a full bucket again
		leave(t, th, "new")                          // which makes room by forgetting idle tokens
		want(3)
		time.Sleep(time.Nanosecond)
		want(1)
		th.Configure(throttle.Limit{Requests: 30, Per: 50 * time.Second}, 100)
		want(1)
		time.Sleep(20 * time.Second)
		want(0)
		leave(t, th, "a")
		want(1)
	})
}

func TestWhatLeftLongAgoTakesNoMemory(t *testing.T) {
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
			leave(t, th, "a")
			th.Done()
			time.Sleep(5 * time.Millisecond)
		}
		if grown := int64(heap()) - int64(before); grown > 500_000 { // all of them take 1.2 MB
			t.Errorf("it has grown by %d bytes", grown)
		}
		if left := th.Left("a"); left != 199 {
			t.Errorf("%d have left in the last second, want 199", left)
		}
	})
}

func TestWhoWaitsIsCountedByToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		th := newThrottle(3, time.Minute, 100)
		th.Pause("b", time.Hour)
		for _, token := range []string{"a", "a", "a", "b", "c"} {
			go func() { _, _ = th.Wait(t.Context(), fixed(token), ignore) }()
		}
		synctest.Wait()
		if got := fmt.Sprint(th.Waiting()); got != "map[a:2 b:1]" {
			t.Errorf("got %s", got)
		}
		time.Sleep(2 * time.Hour)
		if got := fmt.Sprint(th.Waiting()); got != "map[]" {
			t.Errorf("in the end: %s", got)
		}
	})
}
