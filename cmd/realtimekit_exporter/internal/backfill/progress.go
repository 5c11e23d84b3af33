package backfill

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
	"github.com/realtimekit-exporter/realtimekit_exporter/cmd/realtimekit_exporter/internal/plural"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector/oneshot"
)

// A counter counts the remaining requests, without retries.
type counter struct {
	limiter *oneshot.Limiter
	perApp  int // requests

	mu       sync.Mutex
	requests map[api.Secret]int // remaining, by token
	finished int
	apps     int
}

func newCounter(l *oneshot.Limiter, apps []*app, perApp int) *counter {
	c := &counter{limiter: l, perApp: perApp, requests: make(map[api.Secret]int), apps: len(apps)}
	for _, a := range apps {
		if a.account.Err == nil {
			c.requests[a.account.Secret] += perApp
		}
	}
	return c
}

// sent counts requests of an app.
func (c *counter) sent(a *app, n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.requests[a.account.Secret] -= n
}

// done counts a finished app, of which sent has counted a number of requests.
func (c *counter) done(a *app, requests int) {
	if a.account.Err == nil {
		c.sent(a, c.perApp-requests)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.finished++
}

// left returns the number of remaining requests.
func (c *counter) left() (n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, requests := range c.requests {
		n += requests
	}
	return n
}

// estimate returns how long the rate limit delays the last request.
func (c *counter) estimate() (d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for token, requests := range c.requests {
		d = max(d, c.limiter.Estimate(token, requests))
	}
	return d
}

func (c *counter) String() string {
	left, estimate := c.left(), c.estimate()
	c.mu.Lock()
	defer c.mu.Unlock()
	return fmt.Sprintf("%d of %s done, %s left, %s", c.finished, plural.Count(c.apps, "app"), plural.Count(left, "request"), about(estimate))
}

// about formats a duration, rounded to minutes.
func about(d time.Duration) string {
	if d < time.Minute {
		return "less than a minute"
	}
	return "about " + strings.TrimSuffix(d.Round(time.Minute).String(), "0s")
}
