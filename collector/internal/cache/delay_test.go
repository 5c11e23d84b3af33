package cache_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/collector/internal/cache"
)

// A delay is a notification, after some time, for a request that is never sent. All times
// count from the start of the test.
type delay struct{ after, until, since time.Duration }

func delayed(delays ...delay) cache.Fetch[int] {
	start := time.Now()
	return func(ctx context.Context, notBefore cache.NotBefore) (int, time.Time, error) {
		for _, d := range delays {
			select {
			case <-ctx.Done():
			case <-time.After(d.after - time.Since(start)):
				notBefore(start.Add(d.until), start.Add(d.since))
			}
		}
		<-ctx.Done()
		return 0, time.Time{}, ctx.Err()
	}
}

func TestWait_Delay(t *testing.T) {
	const s = time.Second
	for name, c := range map[string]struct {
		delays         []delay
		at             time.Duration // of the lookup
		timeout, waits time.Duration
	}{
		"none":                     {nil, 0, 20 * s, 20 * s},
		"until after the deadline": {[]delay{{0, 30 * s, 0}}, 0, 20 * s, 0},
		"until after the deadline, for a short time": {[]delay{{0, 30 * s, 25 * s}}, 0, 20 * s, 0},
		"until the deadline":                         {[]delay{{0, 20 * s, 0}}, 0, 20 * s, 20 * s},
		"becomes longer":                             {[]delay{{0, 30 * s, 0}, {5 * s, 10 * s, 0}, {8 * s, 3600 * s, 0}}, 0, 40 * s, 8 * s},
		"ends":                                       {[]delay{{0, 3600 * s, 0}, {5 * s, -1 << 62, -1 << 62}}, 10 * s, 20 * s, 20 * s},
		"until soon, for a short time":               {[]delay{{0, 30 * s, 25 * s}}, 29 * s, 10 * s, 10 * s},
		"until soon, but for longer than that":       {[]delay{{0, 30 * s, 0}}, 29 * s, 10 * s, 0},
		"past, but it was for longer than that":      {[]delay{{0, 30 * s, 0}}, 31 * s, 10 * s, 0},
	} {
		t.Run(name, func(t *testing.T) {
			withFixture(t, func(f *fixture) {
				fetch := delayed(c.delays...)
				f.cache.Fetch("key", f.policy, fetch)
				time.Sleep(c.at)
				synctest.Wait()
				start := time.Now()
				ctx, cancel := context.WithTimeout(f.Context(), c.timeout)
				defer cancel()
				f.want(describe(f.cache.Fetch("key", f.policy, fetch).Wait(ctx)), "none failing", 0)
				if waited := time.Since(start); waited != c.waits {
					t.Errorf("waited %v, want %v", waited, c.waits)
				}
			})
		})
	}
}
