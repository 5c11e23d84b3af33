package throttle_test

import (
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/collector/internal/throttle"
)

// A recorder queues requests and records the order in which they are sent.
type recorder struct {
	*testing.T
	th *throttle.Throttle

	mu        sync.Mutex
	order     []string
	notBefore map[string]time.Time
	wg        sync.WaitGroup
}

// queue queues a request. Its token is the first letter of its name.
func (r *recorder) queue(name string, background bool) {
	r.wg.Go(func() {
		release, err := r.th.Acquire(r.Context(), throttle.Request{Token: name[:1], Background: background, NotBefore: func(at, _ time.Time) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.notBefore[name] = at
		}})
		if err != nil {
			r.Error(err)
			return
		}
		r.mu.Lock()
		r.order = append(r.order, name)
		takes := time.Second + time.Duration(len(r.order))*time.Millisecond // so that no two end at once
		r.mu.Unlock()
		time.Sleep(takes)
		release()
	})
	synctest.Wait()
}

func (r *recorder) want(want string) {
	r.Helper()
	r.wg.Wait()
	if got := strings.Join(r.order, " "); got != want {
		r.Errorf("got %s, want %s", got, want)
	}
}

func newRecorder(t *testing.T, requests int, per time.Duration, slots int) *recorder {
	return &recorder{T: t, th: newThrottle(requests, per, slots), notBefore: make(map[string]time.Time)}
}

func TestBackground_SentWhenNoOtherWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRecorder(t, 3000, time.Minute, 1)
		for _, name := range []string{"a1", "a2", "a3"} {
			r.queue(name, true)
		}
		for _, name := range []string{"a4", "a5"} {
			r.queue(name, false)
		}
		time.Sleep(1500 * time.Millisecond) // a4 is being sent
		r.queue("a6", false)
		r.want("a1 a4 a5 a6 a2 a3")
	})
}

// Background requests of one token wait for requests of another token only while the slots
// are shared equally.
func TestBackground_SlotsOfOtherTokens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRecorder(t, 3000, time.Minute, 2)
		r.queue("c1", false)
		r.queue("c2", false)
		r.queue("b1", true)
		for _, name := range []string{"a1", "a2", "a3"} {
			r.queue(name, false)
		}
		r.want("c1 c2 a1 b1 a2 a3")
	})
}

// Of tokens with equally many requests in flight, one with a daily request is next.
func TestBackground_OtherTokensFirstAmongEquals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRecorder(t, 3000, time.Minute, 1)
		r.queue("c1", false)
		r.queue("b1", true)
		r.queue("a1", false)
		r.queue("a2", false)
		r.want("c1 a1 a2 b1")
	})
}

// A request that arrives later and is sent earlier delays a background request. A scrape
// does not wait for the delayed request.
func TestBackground_NotBeforeFollowsArrivals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRecorder(t, 3, 2*time.Second, 100) // one immediately, then one per second
		start := time.Now()
		r.queue("a1", false)
		r.queue("a2", true)
		want := func(name string, want time.Duration) {
			t.Helper()
			r.mu.Lock()
			defer r.mu.Unlock()
			if got := r.notBefore[name].Sub(start); got != want {
				t.Errorf("%s was notified of %v, want %v", name, got, want)
			}
		}
		want("a2", time.Second)
		r.queue("a3", false)
		r.queue("a4", false)
		want("a3", time.Second)
		want("a4", 2*time.Second)
		time.Sleep(time.Millisecond) // one notification for both
		synctest.Wait()
		want("a2", 3*time.Second)
		r.want("a1 a3 a4 a2")
	})
}
