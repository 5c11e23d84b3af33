package chaos

import (
	"cmp"
	"errors"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness"
)

// The API fails at random for $CHAOS (two minutes by default), and Prometheus scrapes every
// second. Afterwards its database is compared with the API's responses.
// The seed is printed; $CHAOS_SEED sets it.
func TestChaos_EveryScrapeAndValueIsRight(t *testing.T) {
	duration, err := time.ParseDuration(cmp.Or(os.Getenv("CHAOS"), "2m"))
	if err != nil {
		t.Fatal(err)
	}
	seed, err := strconv.ParseUint(cmp.Or(os.Getenv("CHAOS_SEED"), strconv.FormatUint(rand.Uint64(), 10)), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("CHAOS=%v CHAOS_SEED=%d", duration, seed)

	c := newChaos(t, seed)
	c.awaitCurrent(t)
	before := c.exporter.Usage(t)
	prom := harness.StartPrometheus(t, harness.Job("chaos", []*harness.Process{c.exporter}, nil))
	prom.AwaitScrapes(t, 1, 2)

	began := time.Now()
	today := began
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for now := range tick.C {
		if now.Sub(began) > duration {
			break
		}
		if now.UTC().Day() != today.UTC().Day() { // the day after tomorrow needs numbers too
			today = now
			for _, app := range c.all() {
				c.restate(app, 2)
			}
		}
		c.act(t)
	}
	c.heal(t)
	c.awaitCurrent(t)
	after := c.exporter.Usage(t)
	harness.Eventually(t, func() error {
		if after = c.exporter.Usage(t); after.Goroutines > before.Goroutines+4 || after.FDs > before.FDs+4 {
			return errors.New("goroutines or files remain open")
		}
		return nil
	})
	ended := time.Now()

	t.Logf("what happened: %v", c.did)
	t.Logf("before: %+v; after: %+v", before, after)
	v := &checks{chaos: c, prom: prom, from: began.Add(-time.Second), to: ended}
	v.scrapes(t)
	v.numbers(t)
	v.gaps(t, separate)
	v.gaps(t, healthy)
	v.memory(t)
}

// awaitCurrent waits until each app has exactly the current values of the API.
func (c *chaos) awaitCurrent(t *testing.T) {
	t.Helper()
	harness.Eventually(t, func() error {
		s, err := c.exporter.Scrape(t.Context(), 5*time.Second)
		if err != nil {
			return err
		}
		now := time.Now()
		for _, app := range c.all() {
			days := c.api.Days(app, now.AddDate(0, 0, 1-chaosDays), now)
			if len(days) != chaosDays {
				err = errors.New("the API is without days")
			}
			err = errors.Join(err, s.Complete(app, days))
		}
		return err
	})
}
