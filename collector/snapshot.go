package collector

import (
	"errors"
	"net"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector/internal/exposition"
)

// A Snapshot is the state of all reports at one time.
type Snapshot struct {
	descs      *descs
	exposition *exposition.Cache
	plan       *Plan
	window     api.Window // of days, the same for all reports
	targets    []target
	version    int     // of the targets
	groups     *groups // of their metrics

	budgets     []budget    // of each account
	discoveries []discovery // of the accounts that discover their apps
}

// Encode returns the parts of a gzip file that has the metrics of the snapshot and those
// of another collector. The format is text, OpenMetrics or delimited protobuf. Names
// are the families to return; none are all. If there is an error, metrics are missing.
func (s *Snapshot) Encode(format expfmt.Format, other prometheus.Collector, names []string) (net.Buffers, error) {
	reg := prometheus.NewRegistry()
	reg.MustRegister(accounts{s}, other)
	current, gatherErr := reg.Gather()
	parts, err := s.exposition.Join(format, s.groups.collectors(), current, names)
	return parts, errors.Join(gatherErr, err)
}

// Describe implements [prometheus.Collector].
func (s *Snapshot) Describe(ch chan<- *prometheus.Desc) {
	accounts{s}.Describe(ch)
	for _, c := range s.groups.collectors() {
		c.Describe(ch)
	}
}

// Collect implements [prometheus.Collector].
func (s *Snapshot) Collect(ch chan<- prometheus.Metric) {
	accounts{s}.Collect(ch)
	for _, c := range s.groups.collectors() {
		c.Collect(ch)
	}
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
		if token := e.tokens.Of(account.ID); token != "" {
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
	dateStart, info, up, failures, success *prometheus.Desc
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
		failures:  desc("report_failures_total", "Number of failed requests for the report, by reason.", "app", "report", "reason"),
		success:   desc("report_last_success_timestamp_seconds", "Unix time at which the last successful request was sent; its data is current to this time.", "app", "report"),
		rows:      desc("report_rows", "Number of days in the window that the last successful response has a row for.", "app", "report"),
		skipped:   desc("report_rows_skipped", "Number of rows in the last successful response that were skipped because they have no date.", "app", "report"),
		blocked:   desc("exporter_api_blocked_until_timestamp_seconds", "Unix time until which requests are paused after a 429; 0 if they are not.", "account_id"),
		budget:    desc("exporter_api_budget_requests", "Sustainable number of requests with the account's token per api.rate_limit.per.", "account_id"),
		remaining: desc("exporter_api_budget_remaining_requests", "Number of requests that can be sent immediately with the account's token; 0 while requests are paused and without a token.", "account_id"),
		ttl:       desc("exporter_cache_ttl_seconds", "Time for which a response of the report is served before a new request is sent.", "report"),
		discovery: newDiscoveryDescs(),
		stale:     desc("exporter_cache_max_stale_seconds", "Maximum age at which a response of the report is still served while requests fail.", "report"),
	}
}

// accounts is the part of a snapshot that is about accounts and the configuration. It
// is different in each snapshot.
type accounts struct{ *Snapshot }

// Describe implements [prometheus.Collector].
func (a accounts) Describe(ch chan<- *prometheus.Desc) {
	d := a.descs
	for _, desc := range []*prometheus.Desc{d.blocked, d.budget, d.remaining, d.ttl, d.stale} {
		ch <- desc
	}
	d.discovery.describe(ch)
}

// Collect implements [prometheus.Collector].
func (a accounts) Collect(ch chan<- prometheus.Metric) {
	d := a.descs
	gauge := func(desc *prometheus.Desc, value float64, labels ...string) {
		ch <- constant(desc, value, labels...)
	}
	for _, b := range a.budgets {
		gauge(d.blocked, seconds(b.pausedUntil), b.account)
		gauge(d.budget, float64(a.plan.Limit.Refill()), b.account)
		gauge(d.remaining, float64(b.remaining), b.account)
	}
	for _, found := range a.discoveries {
		found.collect(d.discovery, ch)
	}
	for _, r := range a.plan.Reports {
		gauge(d.ttl, r.TTL(a.plan).Seconds(), r.Name)
		gauge(d.stale, r.MaxStale(a.plan).Seconds(), r.Name)
	}
}

// seconds is a time as Prometheus writes it; the zero time is 0.
func seconds(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.UnixMilli()) / 1000
}
