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

// A world is a cache and an upstream whose answers count the times it was asked.
type world struct {
	*testing.T
	cache  *cache.Cache[string, int]
	policy cache.Policy[int]
	asked  atomic.Int64  // how often
	takes  time.Duration // to answer
	fails  bool
	day    int // answers of other days are outdated
}

var errDown = errors.New("down")

// inWorld runs a story on a fake clock.
func inWorld(t *testing.T, story func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		life, end := context.WithCancel(t.Context())
		defer end()
		w := &world{T: t, cache: cache.New[string, int](life)}
		w.policy = cache.Policy[int]{
			TTL: 15 * time.Minute, MaxStale: time.Hour, Retry: 15 * time.Second, MaxRetry: 5 * time.Minute,
			IsOutdated: func(answer int) bool { return answer/1000 != w.day },
		}
		story(w)
	})
}

// ask returns an asking of the upstream as it is now.
func (w *world) ask() cache.Ask[int] {
	day, takes, fails := w.day, w.takes, w.fails
	return func(ctx context.Context, _ func(time.Time)) (int, error) {
		answer := 1000*day + int(w.asked.Add(1))
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-time.After(takes):
		}
		if fails {
			return 0, errDown
		}
		return answer, nil
	}
}

// get looks up a key with so much patience, and tells what it showed.
func (w *world) get(patience time.Duration) string {
	w.Helper()
	ctx, cancel := context.WithTimeout(w.Context(), patience)
	defer cancel()
	return show(w.cache.Ask("key", w.policy, w.ask()).Wait(ctx))
}

func show(a cache.Answer[int]) string {
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

func (w *world) want(got, want string, asked int) {
	w.Helper()
	if n := int(w.asked.Load()); got != want || n != asked {
		w.Errorf("got %q after asking %d times, want %q after %d", got, n, want, asked)
	}
}

func TestAnAnswerIsKeptForItsTTLAndThenAskedForAgain(t *testing.T) {
	inWorld(t, func(w *world) {
		w.want(w.get(time.Second), "refreshed 1", 1)
		w.want(w.get(time.Second), "fresh 1", 1)
		time.Sleep(13*time.Minute + 29*time.Second) // less than the TTL less a tenth
		w.want(w.get(time.Second), "fresh 1", 1)
		time.Sleep(92 * time.Second) // more than the TTL
		w.want(w.get(time.Second), "refreshed 2", 2)
	})
}

func TestKeysFallDueAtDifferentAges(t *testing.T) {
	inWorld(t, func(w *world) {
		due := make(map[time.Duration]int)
		const keys = 200
		askAll := func(at time.Duration) {
			before := int(w.asked.Load())
			for i := range keys {
				w.cache.Ask(fmt.Sprint(i), w.policy, w.ask()).Wait(w.Context())
			}
			due[at] = int(w.asked.Load()) - before
		}
		askAll(0)
		time.Sleep(13*time.Minute + 30*time.Second)
		for at := time.Duration(0); at <= 90*time.Second; at += 15 * time.Second {
			askAll(13*time.Minute + 30*time.Second + at)
			time.Sleep(15 * time.Second)
		}
		delete(due, 0)
		total := 0
		for at, n := range due {
			total += n
			if n > keys/2 {
				t.Errorf("%d of %d fell due at %v", n, keys, at)
			}
		}
		if total != keys {
			t.Errorf("%d of %d fell due between 90 %% of the TTL and all of it", total, keys)
		}
	})
}

func TestAnOutdatedAnswerIsDueHoweverYoung(t *testing.T) {
	inWorld(t, func(w *world) {
		w.get(time.Second)
		w.day, w.takes = 1, time.Minute
		w.want(w.get(time.Second), "stale 1", 2)
		time.Sleep(time.Minute)
		w.want(w.get(time.Second), "fresh 1002", 2)
	})
}

func TestManyWhoWantAnAnswerAskOnce(t *testing.T) {
	inWorld(t, func(w *world) {
		w.takes = time.Second
		got := make(chan string)
		for range 50 {
			go func() { got <- w.get(time.Minute) }()
		}
		for range 50 {
			w.want(<-got, "refreshed 1", 1)
		}
	})
}

func TestAnAskingOutlivesItsCallersPatience(t *testing.T) {
	inWorld(t, func(w *world) {
		w.takes = 10 * time.Second
		start := time.Now()
		w.want(w.get(3*time.Second), "none failing", 1)
		if waited := time.Since(start); waited != 3*time.Second {
			t.Errorf("waited %v, want until the deadline", waited)
		}
		w.want(w.get(time.Minute), "refreshed 1", 1)
		if waited := time.Since(start); waited != 10*time.Second {
			t.Errorf("waited %v, want until the answer", waited)
		}
	})
}

func TestAStaleAnswerIsShownUntilMaxStaleAndRememberedAfter(t *testing.T) {
	inWorld(t, func(w *world) {
		w.get(time.Second)
		w.fails = true
		time.Sleep(15 * time.Minute)
		w.want(w.get(time.Second), "stale 1 failing", 2)
		time.Sleep(45*time.Minute - time.Second)
		w.want(w.get(time.Second), "stale 1 failing", 3)
		time.Sleep(time.Second)
		w.want(w.get(time.Second), "none failing known", 3)
		w.fails = false
		time.Sleep(5 * time.Minute)
		w.want(w.get(time.Second), "refreshed 4", 4)
	})
}

func TestWithoutMaxStaleAnAnswerIsShownForItsTTL(t *testing.T) {
	inWorld(t, func(w *world) {
		w.policy.MaxStale = 0
		w.get(time.Second)
		w.fails = true
		time.Sleep(15*time.Minute - time.Nanosecond)
		w.want(w.get(time.Second), "stale 1 failing", 2)
		time.Sleep(time.Nanosecond)
		w.want(w.get(time.Second), "none failing known", 2)
	})
}

func TestAFailureIsAskedAgainAfterAWaitThatDoubles(t *testing.T) {
	for _, c := range []struct {
		ttl   time.Duration
		waits []time.Duration // in seconds
	}{
		{15 * time.Minute, []time.Duration{15, 30, 60, 120, 240, 300, 300}},
		{20 * time.Second, []time.Duration{15, 20, 20}},
		{time.Second, []time.Duration{1, 1}},
	} {
		inWorld(t, func(w *world) {
			w.fails, w.policy.TTL = true, c.ttl
			w.want(w.get(time.Second), "none failing", 1)
			for i, wait := range c.waits {
				time.Sleep(wait*time.Second - time.Nanosecond)
				w.want(w.get(time.Second), "none failing", i+1)
				time.Sleep(time.Nanosecond)
				w.want(w.get(time.Second), "none failing", i+2)
			}
			w.fails = false
			time.Sleep(5 * time.Minute)
			w.get(time.Second)
			w.fails, w.day = true, 1 // a success has made the wait short again
			asked := w.asked.Load()
			w.get(time.Second)
			time.Sleep(min(15*time.Second, c.ttl))
			w.get(time.Second)
			if n := w.asked.Load() - asked; n != 2 {
				t.Errorf("asked %d times, want 2 after a success", n)
			}
		})
	}
}

func TestForgivingLetsAFailureBeAskedAgainAtOnce(t *testing.T) {
	inWorld(t, func(w *world) {
		w.fails = true
		w.get(time.Second)
		w.cache.Forgive(func(k string) bool { return k != "key" })
		w.want(w.get(time.Second), "none failing", 1)
		w.cache.Forgive(func(k string) bool { return k == "key" })
		w.want(w.get(time.Second), "none failing", 2)
	})
}

func TestWhatIsNotRetainedIsForgottenAndCalledOff(t *testing.T) {
	inWorld(t, func(w *world) {
		w.get(time.Second)
		w.cache.Retain(func(k string) bool { return k == "key" })
		w.want(w.get(time.Second), "fresh 1", 1)

		w.day, w.takes = 1, time.Hour
		start := time.Now()
		time.AfterFunc(time.Second, func() { w.cache.Retain(func(string) bool { return false }) })
		w.want(w.get(time.Minute), "stale 1", 2)
		if waited := time.Since(start); waited != time.Second {
			t.Errorf("waited %v for what had been called off", waited)
		}
		w.takes = 0
		w.want(w.get(time.Second), "refreshed 1003", 3)
	})
}

func TestTheEndOfLifeAnswersWhoWaitsAndIsNobodysFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		life, end := context.WithCancel(t.Context())
		w := &world{T: t, cache: cache.New[string, int](life), takes: time.Second}
		w.policy = cache.Policy[int]{TTL: time.Minute, MaxStale: time.Hour, IsOutdated: func(int) bool { return false }}
		w.want(w.get(time.Minute), "refreshed 1", 1)
		time.Sleep(time.Minute)
		time.AfterFunc(time.Millisecond, end)
		start := time.Now()
		w.want(w.get(time.Minute), "stale 1", 2)
		if waited := time.Since(start); waited != time.Millisecond {
			t.Errorf("waited %v, want until the end", waited)
		}
		w.want(w.get(time.Minute), "stale 1", 2) // and nothing is asked any more
	})
}

func TestNobodyWaitsForAnAnswerThatCannotComeInTime(t *testing.T) {
	inWorld(t, func(w *world) {
		start := time.Now()
		held := func(ctx context.Context, hold func(time.Time)) (int, error) {
			hold(start.Add(30 * time.Second))
			time.Sleep(5 * time.Second)
			hold(start.Add(10 * time.Second)) // the queue has become shorter
			time.Sleep(3 * time.Second)
			hold(start.Add(time.Hour))
			<-ctx.Done()
			return 0, ctx.Err()
		}
		for _, c := range []struct{ patience, waits time.Duration }{
			{20 * time.Second, 0},
			{40 * time.Second, 8 * time.Second}, // until it was put off for an hour
			{time.Minute, 0},
		} {
			began := time.Now()
			ctx, cancel := context.WithTimeout(w.Context(), c.patience)
			asked := w.cache.Ask("key", w.policy, held)
			synctest.Wait()
			w.want(show(asked.Wait(ctx)), "none failing", 0)
			cancel()
			if waited := time.Since(began); waited != c.waits {
				t.Errorf("with a patience of %v waited %v, want %v", c.patience, waited, c.waits)
			}
		}
	})
}
