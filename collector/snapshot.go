package collector

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector/internal/cache"
)

// A Snapshot is the state of all reports at one time. It is the [prometheus.Collector] of
// one scrape.
type Snapshot struct {
	plan    *Plan
	window  api.Window // of days, the same for all reports
	targets []target
	version int                     // of the targets
	items   []cache.Item[*response] // of each target
	budgets []budget                // of each account

	discoveries []discovery // of the accounts that discover their apps
	descs       *descs
	dates       *dates // of the window
}

// A budget is the state of the rate limit of an account's token.
type budget struct {
	account     string
	pausedUntil time.Time
	remaining   int
}

func (e *Exporter) budgets(p *Plan) []budget {
	budgets := make([]budget, 0, len(p.Accounts))
	for _, account := range p.Accounts {
		b := budget{account: account.ID}
		if token := e.tokens.of(account.ID); token != "" {
			var paused time.Duration
			if paused, b.remaining = e.throttle.State(string(token)); paused > 0 {
				b.pausedUntil = e.now().Add(paused)
			}
		}
		budgets = append(budgets, b)
	}
	return budgets
}

// descs are the metrics of a snapshot except those of the reports.
type descs struct {
	dateStart, info, up, success           *prometheus.Desc
	rows, skipped                          *prometheus.Desc
	blocked, budget, remaining, ttl, stale *prometheus.Desc

	discovery discoveryDescs
}

func newDescs() *descs {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("realtimekit_"+name, help, labels, nil)
	}
	return &descs{
		dateStart: desc("date_start_timestamp_seconds", "Unix time of 00:00 UTC of the date, for every date in the window.", "date"),
		info:      desc("app_info", "Identifiers of the app; always 1.", "app", "app_id", "account_id"),
		up:        desc("report_up", "Whether the last completed request succeeded.", "app", "report"),
		success:   desc("report_last_success_timestamp_seconds", "Unix time at which the last successful request was sent; its data is current to this time.", "app", "report"),
		rows:      desc("report_rows", "Number of days in the window that the last successful response has a row for.", "app", "report"),
		skipped:   desc("report_rows_skipped", "Number of rows without a date in the last successful response, which are not used.", "app", "report"),
		blocked:   desc("exporter_api_blocked_until_timestamp_seconds", "Unix time until which requests are paused after a 429; 0 if they are not.", "account_id"),
		budget:    desc("exporter_api_budget_requests", "Sustainable number of requests with the account's token per api.rate_limit.per.", "account_id"),
		remaining: desc("exporter_api_budget_remaining_requests", "Number of requests that can be sent immediately with the account's token; 0 while requests are paused and without a token.", "account_id"),
		ttl:       desc("exporter_cache_ttl_seconds", "Time for which a response of the report is served before the API is requested again.", "report"),
		discovery: newDiscoveryDescs(),
		stale:     desc("exporter_cache_max_stale_seconds", "Greatest age at which a response of the report is still shown while requests fail.", "report"),
	}
}

// Describe implements [prometheus.Collector].
func (s *Snapshot) Describe(ch chan<- *prometheus.Desc) {
	d := s.descs
	for _, desc := range []*prometheus.Desc{
		d.dateStart, d.info, d.up, d.success, d.rows, d.skipped, d.blocked, d.budget, d.remaining, d.ttl, d.stale,
	} {
		ch <- desc
	}
	d.discovery.describe(ch)
	for _, r := range s.plan.Reports {
		for _, m := range r.Metrics {
			ch <- r.desc(m)
		}
	}
}

// Collect implements [prometheus.Collector].
func (s *Snapshot) Collect(ch chan<- prometheus.Metric) {
	d := s.descs
	gauge := func(desc *prometheus.Desc, value float64, labels ...string) {
		ch <- constant(desc, value, labels...)
	}
	for i := range s.dates.starts {
		ch <- &s.dates.starts[i]
	}
	for i, t := range s.targets {
		if t.info != nil {
			ch <- t.info
		}
		item := s.items[i]
		if item.OK {
			ch <- t.up
		} else {
			ch <- t.down
		}
		if !item.Known {
			continue
		}
		about, rows := item.Value.metricsAs(t.name, s.window, d, s.dates)
		for _, metric := range about {
			ch <- metric
		}
		if item.Result == cache.None {
			continue
		}
		for metric, samples := range rows {
			from, to := item.Value.exposed(metric, s.window)
			for i := range samples[from:to] {
				ch <- &samples[from+i]
			}
		}
	}
	for _, b := range s.budgets {
		gauge(d.blocked, seconds(b.pausedUntil), b.account)
		gauge(d.budget, float64(s.plan.Limit.Refill()), b.account)
		gauge(d.remaining, float64(b.remaining), b.account)
	}
	for _, found := range s.discoveries {
		found.collect(d.discovery, ch)
	}
	for _, r := range s.plan.Reports {
		gauge(d.ttl, r.TTL(s.plan).Seconds(), r.Name)
		gauge(d.stale, r.MaxStale(s.plan).Seconds(), r.Name)
	}
}

// seconds is a time as Prometheus writes it; the zero time is 0.
func seconds(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.UnixMilli()) / 1000
}
