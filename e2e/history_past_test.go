package e2e

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-kit/log"
	client "github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"

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
	for _, looked := range h.watched() {
		for at := looked.Add(-20 * time.Minute); !at.After(looked); at = at.Add(2 * time.Minute) {
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
	return slices.CompactFunc(times, time.Time.Equal)
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

// store writes a scrape down as Prometheus would have it in store.
func (p *past) store(instance string, at time.Time, collectors ...client.Collector) {
	p.t.Helper()
	if span := at.UnixNano() / int64(blockSpan); span != p.span {
		p.close()
		p.span = span
		file, err := os.Create(filepath.Join(p.dir, fmt.Sprintf("%d.om", span)))
		if err != nil {
			p.t.Fatal(err)
		}
		p.file, p.out = file, bufio.NewWriter(file)
	}
	reg := client.NewRegistry()
	reg.MustRegister(collectors...)
	for name, value := range map[string]float64{
		"up": 1, "scrape_duration_seconds": storedDuration, "scrape_samples_scraped": 500,
		"realtimekit_exporter_build_info":                                   1,
		"realtimekit_exporter_config_last_reload_successful":                1,
		"realtimekit_exporter_config_last_reload_success_timestamp_seconds": seconds(p.at(firstDay, 0)),
	} {
		opts := client.GaugeOpts{Name: name, Help: "As Prometheus and the program add it."}
		if name == "realtimekit_exporter_build_info" {
			opts.ConstLabels = client.Labels{"version": storedVersion, "revision": storedRevision, "goversion": "go1.26.8"}
		}
		gauge := client.NewGauge(opts)
		gauge.Set(value)
		reg.MustRegister(gauge)
	}
	families, err := reg.Gather()
	if err != nil {
		p.t.Fatal(err)
	}
	ms, target := at.UnixMilli(), targetLabels(storyJob, instance)
	for _, family := range families {
		for _, metric := range family.Metric {
			metric.TimestampMs = &ms
			metric.Label = append(metric.Label, target...)
		}
		if _, err := expfmt.MetricFamilyToOpenMetrics(p.out, family); err != nil {
			p.t.Fatal(err)
		}
	}
}

func targetLabels(job, instance string) []*dto.LabelPair {
	name := []string{"job", "instance"}
	return []*dto.LabelPair{{Name: &name[0], Value: &job}, {Name: &name[1], Value: &instance}}
}

func (p *past) close() {
	if p.file == nil {
		return
	}
	_, err := io.WriteString(p.out, "# EOF\n")
	if err == nil {
		err = p.out.Flush()
	}
	if err == nil {
		err = p.file.Close()
	}
	if err != nil {
		p.t.Fatal(err)
	}
}
