package throttle_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/collector/internal/throttle"
)

// A request is one of the property test: when it was queued, sent and done, and
// until when it was delayed.
type request struct {
	token              string
	background         bool
	queued, sent, done time.Time
	order              int       // in which requests got their slots
	notBefore          time.Time // the last time it was notified of
}

func TestThrottle_RandomArrivals(t *testing.T) {
	for seed := range uint64(30) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { arriveAtRandom(t, rand.New(rand.NewPCG(seed, 1))) })
		})
	}
}

// arriveAtRandom queues requests of several tokens at random, with pauses, and checks when
// each is sent.
func arriveAtRandom(t *testing.T, random *rand.Rand) {
	var (
		limit = throttle.Limit{Requests: 3 + random.IntN(40), Per: time.Duration(1+random.IntN(60)) * time.Second}
		slots = 1 + random.IntN(10)
		th    = newThrottle(limit.Requests, limit.Per, slots)

		mu     sync.Mutex
		all    []*request
		pauses = make(map[string][][2]time.Time)
		sent   int
		wg     sync.WaitGroup
	)
	for i := range 300 {
		time.Sleep(time.Duration(random.Int64N(int64(2 * limit.Per / time.Duration(limit.Requests)))))
		token := string('a' + rune(random.IntN(3)))
		if i%50 == 49 {
			d := time.Duration(random.Int64N(int64(2 * limit.Per)))
			th.Pause(token, d)
			pauses[token] = append(pauses[token], [2]time.Time{time.Now(), time.Now().Add(d)})
		}
		takes := time.Duration(random.Int64N(int64(time.Second)))
		r := &request{token: token, background: random.IntN(3) == 0, queued: time.Now()}
		all = append(all, r)
		wg.Go(func() {
			release, err := th.Acquire(t.Context(), throttle.Request{Token: token, Background: r.background, NotBefore: func(at, _ time.Time) {
				mu.Lock()
				defer mu.Unlock()
				r.notBefore = at
			}})
			mu.Lock()
			r.sent, r.order = time.Now(), sent
			sent++
			mu.Unlock()
			if err != nil {
				t.Error(err)
				return
			}
			time.Sleep(takes)
			r.done = time.Now()
			release()
		})
		synctest.Wait() // so that arrivals have an order
	}
	wg.Wait()

	for _, token := range []string{"a", "b", "c"} {
		of := slices.DeleteFunc(slices.Clone(all), func(r *request) bool { return r.token != token })
		for i, r := range of {
			for _, other := range of[:i] {
				switch {
				case r.background == other.background && r.sent.Before(other.sent):
					t.Errorf("%s: %d was sent before one that arrived earlier", token, i)
				case !r.background && other.background && other.sent.After(r.queued) && other.sent.Before(r.sent):
					t.Errorf("%s: a background request was sent while %d waited", token, i)
				case r.background && !other.background && r.sent.Before(other.sent):
					t.Errorf("%s: background request %d was sent before another that arrived earlier", token, i)
				}
			}
		}
		slices.SortFunc(of, func(a, b *request) int { return a.sent.Compare(b.sent) })
		for i, r := range of {
			if i >= limit.Requests && r.sent.Sub(of[i-limit.Requests].sent) < limit.Per {
				t.Errorf("%s: more than %d in %v, less than %v", token, limit.Requests, r.sent.Sub(of[i-limit.Requests].sent), limit.Per)
			}
			if r.sent.Before(r.notBefore) {
				t.Errorf("%s: sent at %v, was notified not before %v", token, r.sent, r.notBefore)
			}
			for _, p := range pauses[token] {
				if r.sent.After(p[0]) && r.sent.Before(p[1]) {
					t.Errorf("%s: sent at %v, within the pause %v", token, r.sent, p)
				}
			}
		}
	}
	inOrder := slices.SortedFunc(slices.Values(all), func(a, b *request) int { return a.order - b.order })
	for i, r := range inOrder {
		inFlight := 0
		for _, other := range inOrder[:i] {
			if other.done.After(r.sent) {
				inFlight++
			}
		}
		if inFlight >= slots {
			t.Errorf("%d in flight, more than %d", inFlight+1, slots)
		}
	}
}
