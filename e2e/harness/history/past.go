package e2e

import (
	"bufio"
	"context"
	"os"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-kit/log"
	client "github.com/prometheus/client_golang/prometheus"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector"
)

// The targets of the stored days. The third takes over from the first.
const (
	storyJob   = "realtimekit"
	first      = "10.0.0.1:11780"
	other      = "10.0.0.2:11780"
	inItsStead = "10.0.0.3:11780"

	storedVersion  = "0.0.9"   // of the exporters that are no longer there
	storedRevision = "0123456" // which is no number
)

// A past is the stored days while they are being made: exporters in process, on
// a clock that runs as fast as they can.
type past struct {
	*history
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

// The spans of time that promtool's largest usual blocks have: it reads a file
// once for each block that comes of it.
const blockSpan = 486 * time.Hour

// write lets the history happen. The files that it leaves are OpenMetrics.
func (h *history) write(t *testing.T, dir string) {
	t.Helper()
	begin := h.at(firstDay, 0)
	synctest.Test(t, func(t *testing.T) {
		life, end := context.WithCancel(t.Context())
		defer synctest.Wait()
		defer end()
		origin := time.Now()
		now := func() time.Time { return begin.Add(time.Since(origin)) }
		p := &past{history: h, t: t, api: apitest.New(now), exporters: map[string]*storedExporter{}, dir: dir, span: -1}
		p.api.AddToken(token, accountID)
		for _, app := range h.apps {
			p.api.AddEmptyApp(accountID, app.id)
		}
		for _, at := range h.scrapes() {
			<-time.After(at.Sub(now()))
			p.scrapeAll(life, now)
		}
		p.close()
	})
}

// scrapes are the times of the first target's scrapes; the other's are a minute
// later. Long ago they are few, as only the last of a day counts; around what
// alerts look at, and lately, there is always one in the last five minutes.
func (h *history) scrapes() []time.Time {
	var times []time.Time
	for n := firstDay; n <= 0; n++ {
		for _, hour := range []int{2, 14, 24} {
			times = append(times, h.at(n, hour).Add(-2*time.Minute))
		}
	}
	for _, end := range h.watched() {
		for at := end.Add(-20 * time.Minute); !at.After(end); at = at.Add(2 * time.Minute) {
			times = append(times, at)
		}
	}
	for at := h.now.Add(-70 * time.Minute); at.Before(h.now.Add(-time.Minute)); at = at.Add(2 * time.Minute) {
		times = append(times, at)
	}
	times = slices.DeleteFunc(times, func(at time.Time) bool {
		away := !at.Before(h.at(outageFrom, 12)) && at.Before(h.at(outageTo, 0))
		return away || !at.Before(h.now.Add(-time.Minute))
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

// watched are times at which alerts look: there are scrapes each 2 minutes before.
func (h *history) watched() []time.Time {
	return []time.Time{
		h.at(lowered+3, 8), h.at(lowered+4, 8), h.at(failsFrom, 12), h.at(nothingOn+1, 7), h.at(toNobody+1, 7), h.at(-5, 12),
	}
}

// scrapeAll scrapes the one exporter, and the other a minute later.
func (p *past) scrapeAll(life context.Context, now func() time.Time) {
	one := first
	if !now().Before(p.at(replaced, 12)) {
		one = inItsStead
	}
	p.scrape(life, one, now)
	<-time.After(time.Minute)
	p.scrape(life, other, now)
}

func (p *past) scrape(life context.Context, instance string, now func() time.Time) {
	e := p.exporters[instance]
	if e == nil {
		e = &storedExporter{registry: client.NewRegistry()}
		e.Exporter = collector.New(life, log.NewNopLogger(), e.registry, now)
		p.exporters[instance] = e
	}
	if apps := p.configured(now()); len(apps) != e.apps {
		e.apps = len(apps)
		e.Apply(p.plan(apps))
	}
	p.tell(p.api, now())
	for _, app := range p.apps {
		p.api.Override(app.id, nil)
		if p.fails(now()) {
			p.api.Override(app.id, apitest.Status(503, nil, ""))
		}
	}
	ctx, cancel := context.WithTimeout(life, 10*time.Second)
	defer cancel()
	p.store(instance, now(), e.Collect(ctx), e.registry)
	p.api.ResetRequests()
	if !p.fails(now()) {
		p.known.learn(p.history, instance, now())
	}
}

// plan asks for everything at every scrape: the TTL is shorter than the pause between two.
func (p *past) plan(apps []storyApp) collector.Plan {
	account := collector.Account{ID: accountID, Token: func() (api.Secret, error) { return token, nil }}
	for _, app := range apps {
		account.Apps = append(account.Apps, collector.App{ID: app.id, Name: app.name})
	}
	const base = "https://api.example/client/v4"
	return collector.Plan{
		Accounts: []collector.Account{account}, Days: windowDays, TTL: storedTTL, MaxStale: 72 * time.Hour,
		Timeout: 30 * time.Second, MaxInFlight: 8, Limit: collector.Limit{Requests: 300, Per: 5 * time.Minute},
		BaseURL: base, Client: api.New(base, p.api.Client().Transport),
	}
}
