package throttle_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/collector/internal/throttle"
)

func TestConfigure_KeepsPausesAndSpentBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		th := newThrottle(9, 9*time.Second, 100)
		for range 3 {
			send(t, th, "a")
		}
		th.Pause("b", time.Hour)
		th.Configure(throttle.Limit{Requests: 90, Per: 9 * time.Second}, 100)
		if _, remaining := th.State("a"); remaining != 0 {
			t.Errorf("%d remaining, want 0: the budget is spent", remaining)
		}
		if paused, _ := th.State("b"); paused != time.Hour {
			t.Errorf("paused for %v, want 1h", paused)
		}
		if got, _ := send(t, th, "a"); got.Round(time.Microsecond) != 150*time.Millisecond { // 60 in 9 s
			t.Errorf("waited %v, want 150ms by the new limit", got)
		}
	})
}

func TestConfigure_LowerLimitCountsRequestsBeforeTheChange(t *testing.T) {
	for _, c := range []struct {
		name           string
		before, after  throttle.Limit
		busy           time.Duration // before the change
		wait           time.Duration // from the change until the next request
		remainingAfter int           // budget at the change
	}{
		{"fewer requests", throttle.Limit{300, 5 * time.Minute}, throttle.Limit{30, 5 * time.Minute}, 4 * time.Minute, 4*time.Minute + 16500*time.Millisecond, 0},
		{"a longer span", throttle.Limit{30, 10 * time.Second}, throttle.Limit{30, 5 * time.Minute}, 4 * time.Minute, 4*time.Minute + 45500*time.Millisecond, 0},
		{"more requests in a shorter span", throttle.Limit{30, 5 * time.Minute}, throttle.Limit{300, 10 * time.Second}, 4 * time.Minute, 50 * time.Millisecond, 0},
		{"nothing sent for a span", throttle.Limit{300, 5 * time.Minute}, throttle.Limit{30, 5 * time.Minute}, 0, 0, 10},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				th := newThrottle(c.before.Requests, c.before.Per, 100)
				for start := time.Now(); time.Since(start) < c.busy; {
					_, release := send(t, th, "a")
					release()
				}
				th.Configure(c.after, 100)
				if _, remaining := th.State("a"); remaining != c.remainingAfter {
					t.Errorf("%d remaining, want %d", remaining, c.remainingAfter)
				}
				if got, _ := send(t, th, "a"); got.Round(time.Millisecond) != c.wait {
					t.Errorf("waited %v, want %v", got, c.wait)
				}
			})
		})
	}
}

// The limit changes at random. When a request is sent, the span that ends with it contains
// at most the number of requests of the current limit.
func TestConfigure_NoSpanHoldsMoreThanTheLimit(t *testing.T) {
	for seed := range uint64(100) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { changeLimits(t, rand.New(rand.NewPCG(seed, 2))) })
		})
	}
}

func changeLimits(t *testing.T, random *rand.Rand) {
	var (
		th    = throttle.New()
		sent  []time.Time
		limit throttle.Limit
	)
	for range 10 {
		limit = throttle.Limit{
			Requests: 3 + int(300*random.Float64()*random.Float64()),
			Per:      time.Duration(1+random.IntN(300)*random.IntN(2)) * time.Second,
		}
		th.Configure(limit, 100)
		idle := time.Duration(random.Int64N(int64(limit.Per)))
		for range random.IntN(2 * limit.Requests) {
			if random.IntN(20) == 0 {
				time.Sleep(idle)
			}
			_, remaining := th.State("a")
			waited, release := send(t, th, "a")
			release()
			if (remaining > 0) != (waited == 0) {
				t.Errorf("waited %v with %d remaining", waited, remaining)
			}
			now := time.Now()
			sent = append(sent, now)
			if first := len(sent) - 1 - limit.Requests; first >= 0 && now.Sub(sent[first]) < limit.Per {
				t.Fatalf("%d requests within %v, the limit is %+v", limit.Requests+1, now.Sub(sent[first]), limit)
			}
		}
	}
}

// A killed process may have sent all requests of its bucket. Including those of the next
// process, no span contains more requests than the limit.
func TestStartEmpty_RestartsStayWithinTheLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limit := throttle.Limit{Requests: 30, Per: time.Minute}
		var sent []time.Time
		for restart := range 20 {
			th := throttle.New()
			if restart > 0 {
				th.StartEmpty()
			}
			th.Configure(limit, 100)
			if _, remaining := th.State("a"); remaining != limit.Burst() && restart == 0 || remaining != 0 && restart > 0 {
				t.Errorf("start %d: %d requests can be sent", restart, remaining)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 7*time.Second) // not a multiple of 3 s
			for {
				release, err := th.Acquire(ctx, throttle.Request{Token: "a"})
				if err != nil {
					break
				}
				release()
				sent = append(sent, time.Now())
			}
			cancel()
		}
		for i := range sent[min(limit.Requests, len(sent)):] {
			if span := sent[i+limit.Requests].Sub(sent[i]); span < limit.Per {
				t.Fatalf("%d requests in %v", limit.Requests+1, span)
			}
		}
		if len(sent) < 30 {
			t.Errorf("only %d requests", len(sent))
		}
	})
}

func TestStartEmpty_LaterTokensStartFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		th := newThrottle(30, time.Minute, 100)
		th.StartEmpty()
		if waited, _ := send(t, th, "a"); waited != 3*time.Second {
			t.Errorf("waited %v for the first request, want 3s", waited)
		}
		time.Sleep(27 * time.Second)
		if _, remaining := th.State("b"); remaining != 10 {
			t.Errorf("after 30 s, a new token can send %d, want 10", remaining)
		}
	})
}
