package grafana

import (
	"fmt"
	"time"
)

// scrapeInterval is what a Prometheus data source has when nobody sets it.
const scrapeInterval = 15 * time.Second

// step returns the time between two points of a panel's range query as Grafana
// reckons it: the range divided by the points that the panel has room for,
// rounded, but never less than the panel, the query or the data source want.
func (p *panel) step(tgt target, from, to time.Time) (time.Duration, error) {
	points := p.MaxDataPoints
	if points == 0 {
		points = max(p.GridPos.W, 1) * 1600 / 24 // pixels of a usual screen
	}
	least := scrapeInterval
	for _, interval := range []string{p.Interval, tgt.Interval} {
		if interval == "" {
			continue
		}
		d, err := parseDuration(interval)
		if err != nil {
			return 0, err
		}
		least = max(least, d)
	}
	return max(least, rounded(to.Sub(from)/time.Duration(points))), nil
}

// rounded rounds as Grafana does: to what reads well on an axis.
func rounded(d time.Duration) time.Duration {
	for _, r := range []struct{ below, is time.Duration }{
		{1500 * time.Millisecond, time.Second}, {3500 * time.Millisecond, 2 * time.Second},
		{7500 * time.Millisecond, 5 * time.Second}, {12500 * time.Millisecond, 10 * time.Second},
		{17500 * time.Millisecond, 15 * time.Second}, {25 * time.Second, 20 * time.Second},
		{45 * time.Second, 30 * time.Second}, {90 * time.Second, time.Minute},
		{210 * time.Second, 2 * time.Minute}, {450 * time.Second, 5 * time.Minute},
		{750 * time.Second, 10 * time.Minute}, {1050 * time.Second, 15 * time.Minute},
		{1500 * time.Second, 20 * time.Minute}, {45 * time.Minute, 30 * time.Minute},
		{90 * time.Minute, time.Hour}, {150 * time.Minute, 2 * time.Hour}, {270 * time.Minute, 3 * time.Hour},
		{9 * time.Hour, 6 * time.Hour}, {24 * time.Hour, 12 * time.Hour}, {7 * 24 * time.Hour, 24 * time.Hour},
	} {
		if d < r.below {
			return r.is
		}
	}
	return 7 * 24 * time.Hour
}

// rateInterval is what $__rate_interval stands for: at least four scrapes.
func rateInterval(step time.Duration) time.Duration {
	return max(step+scrapeInterval, 4*scrapeInterval)
}

// aligned is where a range query begins and ends: at a multiple of its step.
func aligned(at time.Time, step time.Duration) time.Time {
	return time.Unix(0, at.UnixNano()/int64(step)*int64(step)).UTC()
}

// parseDuration reads durations as dashboards have them.
func parseDuration(text string) (time.Duration, error) {
	var n int64
	var unit string
	if _, err := fmt.Sscanf(text, "%d%s", &n, &unit); err != nil {
		return 0, fmt.Errorf("duration %q: %w", text, err)
	}
	units := map[string]time.Duration{
		"ms": time.Millisecond, "s": time.Second, "m": time.Minute, "h": time.Hour, "d": 24 * time.Hour, "w": 7 * 24 * time.Hour,
	}
	if units[unit] == 0 {
		return 0, fmt.Errorf("duration %q has an unknown unit", text)
	}
	return time.Duration(n) * units[unit], nil
}
