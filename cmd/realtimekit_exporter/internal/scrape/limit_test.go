package scrape

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// A limited handler counts its requests, which take as long as hold is open.
type limited struct {
	http.Handler
	served atomic.Int64
	hold   chan struct{}
}

func newLimited(stopping context.Context, n int) *limited {
	l := &limited{hold: make(chan struct{})}
	l.Handler = WithDeadline(0, LimitRequests(stopping, n, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		l.served.Add(1)
		<-l.hold
	})))
	return l
}

// request returns the status and how long it took.
func (l *limited) request(ctx context.Context, timeout string) (int, time.Duration) {
	r, w, start := httptest.NewRequestWithContext(ctx, http.MethodGet, "/", nil), httptest.NewRecorder(), time.Now()
	r.Header.Set("X-Prometheus-Scrape-Timeout-Seconds", timeout)
	l.ServeHTTP(w, r)
	return w.Code, time.Since(start)
}

func TestLimitRequests_DeadlineWithoutSlot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimited(t.Context(), 2)
		for range 2 {
			go l.request(t.Context(), "1")
		}
		synctest.Wait()
		if status, took := l.request(t.Context(), "7"); status != http.StatusServiceUnavailable || took != 7*time.Second {
			t.Errorf("got %d after %v, want 503 at its deadline", status, took)
		}
		close(l.hold)
		synctest.Wait()
		if status, took := l.request(t.Context(), "7"); status != http.StatusOK || took != 0 {
			t.Errorf("got %d after %v, want 200 once there is a slot", status, took)
		}
	})
}

func TestLimitRequests_WaitsForSlot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimited(t.Context(), 1)
		statuses := make(chan int, 3)
		for range 3 {
			go func() {
				status, _ := l.request(t.Context(), "10")
				statuses <- status
			}()
		}
		for n := range 3 {
			synctest.Wait()
			if got := l.served.Load(); got != int64(n+1) {
				t.Errorf("%d requests are served, want %d", got, n+1)
			}
			l.hold <- struct{}{}
			if status := <-statuses; status != http.StatusOK {
				t.Errorf("got %d", status)
			}
		}
	})
}

func TestLimitRequests_FreeSlotAfterDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimited(t.Context(), 1)
		close(l.hold)
		ended, end := context.WithCancel(t.Context())
		end()
		for range 50 {
			if status, _ := l.request(ended, "1"); status != http.StatusOK {
				t.Fatalf("got %d", status)
			}
		}
	})
}

func TestLimitRequests_NoLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimited(t.Context(), 0)
		for range 100 {
			go l.request(t.Context(), "10")
		}
		synctest.Wait()
		if got := l.served.Load(); got != 100 {
			t.Errorf("%d requests are served", got)
		}
		close(l.hold)
	})
}

func TestLimitRequests_Stopping(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stopping, stop := context.WithCancel(t.Context())
		l := newLimited(stopping, 1)
		statuses := make(chan int, 3)
		for range 3 {
			go func() {
				status, _ := l.request(t.Context(), "300")
				statuses <- status
			}()
		}
		synctest.Wait()
		start := time.Now()
		stop()
		synctest.Wait()
		l.hold <- struct{}{} // the first, and its slot goes to another, which is not served to its end
		if status := <-statuses; status != http.StatusOK {
			t.Errorf("with a slot: got %d", status)
		}
		if status, took := <-statuses, time.Since(start); status != http.StatusServiceUnavailable || took != drainTimeout {
			t.Errorf("without a slot: got %d after %v", status, took)
		}
		close(l.hold)
	})
}
