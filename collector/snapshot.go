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

// Encode returns the parts of a gzip file with the metrics of the snapshot and of another
// collector. The format is text, OpenMetrics or delimited protobuf. names are the
// families to return; empty: all. If there is an error, metrics are missing.
func (s *Snapshot) Encode(format expfmt.Format, other prometheus.Collector, names []string) (net.Buffers, error) {
	reg := prometheus.NewRegistry()
	reg.MustRegister(accounts{s.descs, s}, other)
	current, gatherErr := reg.Gather()
	parts, err := s.exposition.Join(format, s.groups.collectors(), current, names)
	return parts, errors.Join(gatherErr, err)
}

// Describe implements [prometheus.Collector].
func (s *Snapshot) Describe(ch chan<- *prometheus.Desc) {
	for _, c := range s.groups.collectors() {
		c.Describe(ch)
	}
}

// Collect implements [prometheus.Collector].
func (s *Snapshot) Collect(ch chan<- prometheus.Metric) {
	for _, c := range append(s.groups.collectors(), accounts{s.descs, s}) {
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

// descs are the metrics of a snapshot except those of the reports. A collector may
// describe more than it collects, so that all parts of a snapshot describe these.
type descs struct {
	all []*prometheus.Desc

	dateStart, info, up, failures, success *prometheus.Desc
	rows, skipped                          *prometheus.Desc
	blocked, budget, remaining, ttl, stale *prometheus.Desc

	listUp, listSuccess, listApps *prometheus.Desc
}

func newDescs() *descs {
	var all []*prometheus.Desc
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		all = append(all, prometheus.NewDesc("realtimekit_"+name, help, labels, nil))
		return all[len(all)-1]
	}
	d := &descs{
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
		stale:     desc("exporter_cache_max_stale_seconds", "Maximum age at which a response of the report is still served while requests fail.", "report"),

		listUp:      desc("discovery_up", "Whether the last completed request for the list of apps succeeded.", "account_id"),
		listSuccess: desc("discovery_last_success_timestamp_seconds", "Unix time at which the last successful request for the list of apps was sent.", "account_id"),
		listApps:    desc("discovery_apps", "Number of apps in the last successful list of apps, by state: collected (also those in the configuration), excluded.", "account_id", "state"),
	}
	d.all = all
	return d
}

// Describe implements [prometheus.Collector].
func (d *descs) Describe(ch chan<- *prometheus.Desc) {
	for _, desc := range d.all {
		ch <- desc
	}
}

// accounts is the part of a snapshot that is about accounts and the configuration. It
// is different in each snapshot.
type accounts struct {
	*descs
	s *Snapshot
}

// Collect implements [prometheus.Collector].
func (a accounts) Collect(ch chan<- prometheus.Metric) {
	plan := a.s.plan
	gauge := func(desc *prometheus.Desc, value float64, labels ...string) {
		ch <- constant(desc, value, labels...)
	}
	for _, b := range a.s.budgets {
		gauge(a.blocked, seconds(b.pausedUntil), b.account)
		gauge(a.budget, float64(plan.Limit.Refill()), b.account)
		gauge(a.remaining, float64(b.remaining), b.account)
	}
	for _, found := range a.s.discoveries {
		found.collect(a.descs, ch)
	}
	for _, r := range plan.Reports {
		gauge(a.ttl, r.TTL(plan).Seconds(), r.Name)
		gauge(a.stale, r.MaxStale(plan).Seconds(), r.Name)
	}
}

// seconds is a time as Prometheus writes it; the zero time is 0.
func seconds(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.UnixMilli()) / 1000
}
