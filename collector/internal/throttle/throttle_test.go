package throttle_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/collector/internal/throttle"
)

func fixed(token string) func() string { return func() string { return token } }

func ignore(time.Time) {}

// leave waits for a turn and says how long that took.
func leave(t *testing.T, th *throttle.Throttle, token string) time.Duration {
	t.Helper()
	start := time.Now()
	if charged, err := th.Wait(t.Context(), fixed(token), ignore); err != nil || charged != token {
		t.Errorf("got %q, %v; want %q", charged, err, token)
	}
	return time.Since(start)
}

func newThrottle(requests int, per time.Duration, slots int) *throttle.Throttle {
	th := throttle.New()
	th.Configure(throttle.Limit{Requests: requests, Per: per}, slots)
	return th
}

func TestAThirdOfTheLimitLeavesAtOnceAndTheRestEvenly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		th := newThrottle(9, 12*time.Second, 100)
		for i := range 9 {
			want := time.Duration(0)
			if i >= 3 {
				want = 2 * time.Second // 6 in 12 s
			}
			if got := leave(t, th, "a").Round(time.Millisecond); got != want {
				t.Errorf("request %d waited %v, want %v", i, got, want)
			}
		}
		if got := leave(t, th, "b"); got != 0 {
			t.Errorf("another token waited %v", got)
		}
		if _, remaining := th.State("a"); remaining != 0 {
			t.Errorf("%d remain at once, want none", remaining)
		}
		time.Sleep(5 * time.Second)
		if _, remaining := th.State("a"); remaining != 2 {
			t.Errorf("%d remain at once after 5 s, want 2", remaining)
		}
		if _, remaining := th.State("new"); remaining != 3 {
			t.Errorf("%d remain at once of a token never used, want 3", remaining)
		}
	})
}

func TestAPausedTokenIsQuietAndHoldsNoSlot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		th := newThrottle(300, time.Minute, 1)
		th.Pause("a", time.Minute)
		th.Pause("a", time.Second) // a shorter one does not end a longer one
		if paused, remaining := th.State("a"); paused != time.Minute || remaining != 0 {
			t.Errorf("got %v, %d; want a minute, and none", paused, remaining)
		}
		waited := make(chan time.Duration)
		go func() { waited <- leave(t, th, "a") }()
		synctest.Wait()
		if got := leave(t, th, "b"); got != 0 {
			t.Errorf("another token waited %v", got)
		}
		th.Done()
		if got := <-waited; got != time.Minute {
			t.Errorf("waited %v, want a minute", got)
		}
	})
}

func TestAReloadKeepsPausesAndWhatHasBeenSpent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		th := newThrottle(9, 9*time.Second, 100)
		for range 3 {
			leave(t, th, "a")
		}
		th.Pause("b", time.Hour)
		th.Configure(throttle.Limit{Requests: 90, Per: 9 * time.Second}, 100)
		if _, remaining := th.State("a"); remaining != 0 {
			t.Errorf("%d remain at once, want none: they are spent", remaining)
		}
		if paused, _ := th.State("b"); paused != time.Hour {
			t.Errorf("paused for %v, want an hour", paused)
		}
		if got := leave(t, th, "a").Round(time.Millisecond); got != 150*time.Millisecond { // 60 in 9 s
			t.Errorf("waited %v, want by the new limit", got)
		}
	})
}

func TestMoreSlotsLetGoAtOnceWhoWaitsForOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		th := newThrottle(300, time.Minute, 1)
		leave(t, th, "a")
		waited := make(chan time.Duration)
		go func() { waited <- leave(t, th, "a") }()
		time.Sleep(time.Second)
		th.Configure(throttle.Limit{Requests: 300, Per: time.Minute}, 2)
		if got := <-waited; got != time.Second {
			t.Errorf("waited %v, want until there were 2 slots", got)
		}
	})
}

func TestAnotherTokenFreesWhoWaitsForTheOldOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		th := newThrottle(300, time.Minute, 1)
		th.Pause("old", time.Hour)
		var mu sync.Mutex
		token := "old"
		got := make(chan string)
		go func() {
			charged, _ := th.Wait(t.Context(), func() string { mu.Lock(); defer mu.Unlock(); return token }, ignore)
			got <- charged
		}()
		synctest.Wait()
		mu.Lock()
		token = "new"
		mu.Unlock()
		start := time.Now()
		th.Look()
		if charged := <-got; charged != "new" || time.Since(start) != 0 {
			t.Errorf("charged %q after %v, want new at once", charged, time.Since(start))
		}
	})
}

func TestWhoGivesUpLeavesNothingBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		th := newThrottle(3, time.Minute, 1)
		leave(t, th, "a")
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := th.Wait(ctx, fixed("b"), ignore); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want that it gave up", err)
		}
		th.Done()
		if got := leave(t, th, "b"); got != 0 {
			t.Errorf("the next waited %v", got)
		}
	})
}

func TestWhoGivesUpAsItsTurnComesGivesTheSlotBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		th := newThrottle(3000, time.Minute, 1)
		gaveUp, cancel := context.WithCancel(t.Context())
		cancel()
		for range 100 { // whether it is the turn or the end that it sees is left to chance
			if _, err := th.Wait(gaveUp, fixed("a"), ignore); err == nil {
				th.Done()
			}
		}
		if got := leave(t, th, "a"); got != 0 {
			t.Errorf("the next waited %v", got)
		}
	})
}

func TestEachInLineIsToldWhenItCanLeaveAtTheEarliest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		th := newThrottle(3, 2*time.Second, 100) // one at once, then one a second
		leave(t, th, "a")
		start := time.Now()
		var mu sync.Mutex
		told := make([]time.Duration, 3)
		for i := range told {
			go func() {
				_, _ = th.Wait(t.Context(), fixed("a"), func(at time.Time) {
					mu.Lock()
					defer mu.Unlock()
					told[i] = max(0, at.Sub(start).Round(time.Millisecond))
				})
			}()
			synctest.Wait()
		}
		want := func(seconds ...time.Duration) {
			t.Helper()
			mu.Lock()
			defer mu.Unlock()
			for i, s := range seconds {
				if told[i] != s*time.Second {
					t.Errorf("number %d was told %v, want %v", i, told[i], s*time.Second)
				}
			}
		}
		want(1, 2, 3)
		th.Pause("a", time.Minute)
		want(60, 61, 62)
		time.Sleep(time.Hour)
		want(0, 0, 0) // they have left
	})
}

func TestAllOfItMayBeUsedAtOnce(t *testing.T) {
	th := newThrottle(1_000_000, time.Second, 4)
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() {
			for i := range 200 {
				token := fmt.Sprint(worker, i%17)
				leave(t, th, token)
				th.State(token)
				th.Done()
				th.State(fmt.Sprint(i))
				th.Left(token)
				th.Waiting()
				if i%50 == 0 {
					th.Pause(token, time.Millisecond)
					th.Configure(throttle.Limit{Requests: 1_000_000 + i, Per: time.Second}, 4)
				}
			}
		})
	}
	wg.Wait()
}

// A traveller is a request in the property test: when it came, was let go, and
// came back, and what it was told meanwhile.
type traveller struct {
	token            string
	came, left, back time.Time
	order            int       // among all, of letting go
	told             time.Time // the last time announced as the earliest
}

func TestWhateverComesTheLimitsHoldAndNobodyIsForgotten(t *testing.T) {
	for seed := range uint64(30) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { journey(t, rand.New(rand.NewPCG(seed, 1))) })
		})
	}
}

// journey lets requests of several tokens come at random, with pauses, and looks
// at what happened.
func journey(t *testing.T, random *rand.Rand) {
	var (
		limit = throttle.Limit{Requests: 3 + random.IntN(40), Per: time.Duration(1+random.IntN(60)) * time.Second}
		slots = 1 + random.IntN(10)
		th    = newThrottle(limit.Requests, limit.Per, slots)

		mu      sync.Mutex
		all     []*traveller
		quiet   = make(map[string][][2]time.Time)
		leaving int
		wg      sync.WaitGroup
	)
	for i := range 300 {
		time.Sleep(time.Duration(random.Int64N(int64(2 * limit.Per / time.Duration(limit.Requests)))))
		token := string('a' + rune(random.IntN(3)))
		if i%50 == 49 {
			d := time.Duration(random.Int64N(int64(2 * limit.Per)))
			th.Pause(token, d)
			quiet[token] = append(quiet[token], [2]time.Time{time.Now(), time.Now().Add(d)})
		}
		takes := time.Duration(random.Int64N(int64(time.Second)))
		tr := &traveller{token: token, came: time.Now()}
		all = append(all, tr)
		wg.Go(func() {
			_, err := th.Wait(t.Context(), fixed(token), func(at time.Time) {
				mu.Lock()
				defer mu.Unlock()
				if !at.IsZero() { // which is said as it leaves
					tr.told = at
				}
			})
			mu.Lock()
			tr.left, tr.order = time.Now(), leaving
			leaving++
			mu.Unlock()
			if err != nil {
				t.Error(err)
			}
			time.Sleep(takes)
			tr.back = time.Now()
			th.Done()
		})
		synctest.Wait() // so that arrival has an order
	}
	wg.Wait()

	for _, token := range []string{"a", "b", "c"} {
		var mine []*traveller
		for _, tr := range all {
			if tr.token == token {
				mine = append(mine, tr)
			}
		}
		for i, tr := range mine {
			if i > 0 && tr.left.Before(mine[i-1].left) {
				t.Errorf("%s: %d overtook the one before it", token, i)
			}
			if i >= limit.Requests && tr.left.Sub(mine[i-limit.Requests].left) < limit.Per-time.Microsecond {
				t.Errorf("%s: more than %d in %v, less than %v", token, limit.Requests, tr.left.Sub(mine[i-limit.Requests].left), limit.Per)
			}
			if tr.left.Before(tr.told.Add(-2 * time.Millisecond)) {
				t.Errorf("%s: left at %v, was told not before %v", token, tr.left, tr.told)
			}
			for _, q := range quiet[token] {
				if tr.left.After(q[0]) && tr.left.Before(q[1]) {
					t.Errorf("%s: left at %v, within a pause %v", token, tr.left, q)
				}
			}
		}
	}
	byLeaving := slices.SortedFunc(slices.Values(all), func(a, b *traveller) int { return a.order - b.order })
	for i, tr := range byLeaving {
		under := 0
		for _, other := range byLeaving[:i] {
			if other.back.After(tr.left) {
				under++
			}
		}
		if under >= slots {
			t.Errorf("%d under way at once, more than %d", under+1, slots)
		}
	}
}
