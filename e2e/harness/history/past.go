package history

import (
	"bufio"
	"context"
	"os"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-kit/log"

	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness"

	client "github.com/prometheus/client_golang/prometheus"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector"
)

// The targets of the stored days. The third replaces the first.
const (
	Job         = "realtimekit"
	First       = "10.0.0.1:11780"
	Other       = "10.0.0.2:11780"
	Replacement = "10.0.0.3:11780"

	StoredTTL      = time.Minute // of the stored exporters
	StoredDuration = 0.25        // of their scrapes, in seconds
	StoredVersion  = "0.0.9"     // of the exporters that no longer run
	StoredRevision = "0123456"   // which looks like a number but is a string
)

// A past runs the exporters of the stored days in this process, on a fake clock.
type past struct {
	*History
	t         *testing.T
	api       *apitest.API
	exporters map[string]*storedExporter
	dir       string // of expositions, one file for each span that becomes a block
	file      *os.File
	out       *bufio.Writer
	span      int64
}

type storedExporter struct {
	*collector.Exporter
	registry *client.Registry
	apps     int // that it is configured for
}

// BlockSpan is the time range of the largest usual blocks of promtool, which reads a
// file once for each block.
const BlockSpan = 486 * time.Hour

// write runs the history, and writes the scrapes as OpenMetrics into a folder.
func (h *History) write(t *testing.T, dir string) {
	t.Helper()
	begin := h.At(FirstDay, 0)
	synctest.Test(t, func(t *testing.T) {
		ctx, end := context.WithCancel(t.Context())
		defer synctest.Wait()
		defer end()
		origin := time.Now()
		now := func() time.Time { return begin.Add(time.Since(origin)) }
		p := &past{History: h, t: t, api: apitest.New(now), exporters: map[string]*storedExporter{}, dir: dir, span: -1}
		p.api.AddToken(harness.Token, harness.AccountID)
		for _, app := range h.Apps {
			p.api.AddEmptyApp(harness.AccountID, app.ID)
		}
		for _, at := range h.Scrapes() {
			<-time.After(at.Sub(now()))
			p.scrapeAll(ctx, now)
		}
		p.close()
	})
}

// Scrapes returns the times of the scrapes of the first target. The other target is
// scraped a minute later. Most days have few scrapes, because only the last one of a
// day counts. Before the times at which alerts are evaluated, and before now, there is
// always one in the last five minutes.
func (h *History) Scrapes() []time.Time {
	var times []time.Time
	for n := FirstDay; n <= 0; n++ {
		for _, hour := range []int{2, 14, 24} {
			times = append(times, h.At(n, hour).Add(-2*time.Minute))
		}
	}
	for _, end := range h.watched() {
		for at := end.Add(-20 * time.Minute); !at.After(end); at = at.Add(2 * time.Minute) {
			times = append(times, at)
		}
	}
	for at := h.Now.Add(-70 * time.Minute); at.Before(h.Now.Add(-time.Minute)); at = at.Add(2 * time.Minute) {
		times = append(times, at)
	}
	times = slices.DeleteFunc(times, func(at time.Time) bool {
		away := !at.Before(h.At(OutageFrom, 12)) && at.Before(h.At(OutageTo, 0))
		return away || !at.Before(h.Now.Add(-time.Minute))
	})
	slices.SortFunc(times, time.Time.Compare)
	apart := times[:1]
	for _, at := range times[1:] {
		if at.Sub(apart[len(apart)-1]) >= 2*time.Minute {
			apart = append(apart, at)
		}
	}
	return apart
}

// watched returns the times at which alerts are evaluated. Before them there is a
// scrape every 2 minutes.
func (h *History) watched() []time.Time {
	return []time.Time{
		h.At(Lowered+3, 8), h.At(Lowered+4, 8), h.At(FailsFrom, 12), h.At(NoLivestream+1, 7), h.At(NobodyWatched+1, 7), h.At(-5, 12),
	}
}

// scrapeAll scrapes one exporter, and the other a minute later.
func (p *past) scrapeAll(ctx context.Context, now func() time.Time) {
	one := First
	if !now().Before(p.At(Replaced, 12)) {
		one = Replacement
	}
	p.scrape(ctx, one, now)
	<-time.After(time.Minute)
	p.scrape(ctx, Other, now)
}

func (p *past) scrape(ctx context.Context, instance string, now func() time.Time) {
	e := p.exporters[instance]
	if e == nil {
		e = &storedExporter{registry: client.NewRegistry()}
		e.Exporter = collector.New(ctx, log.NewNopLogger(), e.registry, now)
		p.exporters[instance] = e
	}
	if apps := p.Configured(now()); len(apps) != e.apps {
		e.apps = len(apps)
		e.Apply(p.plan(apps))
	}
	p.setDays(p.api, now())
	for _, app := range p.Apps {
		p.api.Override(app.ID, nil)
		if p.Fails(now()) {
			p.api.Override(app.ID, apitest.Status(503, nil, ""))
		}
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	p.store(instance, now(), e.Snapshot(ctx), e.registry)
	p.api.ResetRequests()
	if !p.Fails(now()) {
		p.Exposed.Record(p.History, instance, now())
	}
}

// plan makes every report due at every scrape: the TTL is shorter than the interval.
func (p *past) plan(apps []App) collector.Plan {
	account := collector.Account{ID: harness.AccountID, Token: func(context.Context) (api.Secret, error) { return harness.Token, nil }}
	for _, app := range apps {
		account.Apps = append(account.Apps, collector.App{ID: app.ID, Name: app.Name})
	}
	const base = "https://api.example/client/v4"
	return collector.Plan{
		Reports:  collector.Reports("livestreams"),
		Accounts: []collector.Account{account}, Days: harness.WindowDays, TTL: StoredTTL, MaxStale: 72 * time.Hour,
		Timeout: 30 * time.Second, MaxInFlight: 8, Limit: collector.Limit{Requests: 300, Per: 5 * time.Minute},
		BaseURL: base, Client: api.New(base, p.api.Client().Transport),
	}
}
