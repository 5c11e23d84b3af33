package cache_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/collector/internal/cache"
)

// peeked is what a peek shows, in words.
func (w *world) peeked() string {
	w.Helper()
	synctest.Wait()
	asked := w.asked.Load()
	state := w.cache.Peek("key", w.policy)
	synctest.Wait()
	if n := w.asked.Load(); n != asked {
		w.Errorf("a peek asked %d times", n-asked)
	}
	s := show(state.Answer)
	if state.RetryIn != 0 {
		s += fmt.Sprint(", retry in ", state.RetryIn)
	}
	if state.HeldFor != 0 {
		s += fmt.Sprint(", held for ", state.HeldFor)
	}
	if state.Asking {
		s += ", asking"
	}
	if (state.DueIn > 0) != (state.Result == cache.Fresh) {
		w.Errorf("%s is due in %v", s, state.DueIn)
	}
	return s
}

func (w *world) peeks(want string) {
	w.Helper()
	if got := w.peeked(); got != want {
		w.Errorf("got %q, want %q", got, want)
	}
}

func TestAPeekTellsEveryStateAndStartsNothing(t *testing.T) {
	inWorld(t, func(w *world) {
		w.peeks("none failing")
		w.takes = time.Second
		w.get(0)
		w.peeks("none failing, asking")
		time.Sleep(time.Second)
		w.peeks("fresh 1")

		due := w.cache.Peek("key", w.policy).DueIn
		time.Sleep(due - time.Nanosecond)
		w.peeks("fresh 1")
		w.want(w.get(0), "fresh 1", 1)
		time.Sleep(time.Nanosecond)
		w.peeks("stale 1")

		w.fails = true
		w.get(time.Minute)
		w.peeks("stale 1 failing, retry in 15s")
		time.Sleep(10 * time.Second)
		w.peeks("stale 1 failing, retry in 5s")
		w.cache.Forgive(func(string) bool { return true })
		w.peeks("stale 1 failing")
		time.Sleep(time.Hour)
		w.peeks("none failing known")

		w.fails = false
		w.get(time.Minute)
		w.peeks("fresh 3")
		w.day = 1
		w.peeks("stale 3")
		w.cache.Retain(func(string) bool { return false })
		w.peeks("none failing")
	})
}

func TestAPeekTellsHowLongAnAskingIsHeld(t *testing.T) {
	inWorld(t, func(w *world) {
		start := time.Now()
		w.cache.Ask("key", w.policy, func(ctx context.Context, hold func(time.Time)) (int, error) {
			hold(start.Add(time.Minute))
			time.Sleep(20 * time.Second)
			hold(time.Time{})
			<-ctx.Done()
			return 0, ctx.Err()
		})
		synctest.Wait()
		w.peeks("none failing, held for 1m0s, asking")
		time.Sleep(10 * time.Second)
		w.peeks("none failing, held for 50s, asking")
		time.Sleep(10 * time.Second)
		w.peeks("none failing, asking")
	})
}
