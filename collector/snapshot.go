package collector

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector/internal/cache"
)

// A Snapshot is what is known at one time. It is the [prometheus.Collector] of
// one scrape.
type Snapshot struct {
	plan    *Plan
	window  api.Window // the days shown, the same for all that is in it
	targets []target
	answers []cache.Answer[*answer] // of each target
	budgets []budget                // of each account
	descs   *descs
	dates   *dates // of the window
}

// A budget is what the rate limit leaves of an account's token.
type budget struct {
	account      string
	blockedUntil time.Time
	remaining    int
}

func (e *Exporter) budgets(p *Plan) []budget {
	budgets := make([]budget, 0, len(p.Accounts))
	for _, account := range p.Accounts {
		b := budget{account: account.ID}
		if token := e.tokens.of(account.ID); token != "" {
			var paused time.Duration
			if paused, b.remaining = e.throttle.State(string(token)); paused > 0 {
				b.blockedUntil = e.now().Add(paused)
			}
		}
		budgets = append(budgets, b)
	}
	return budgets
}

// descs describes what a snapshot shows beside the reports' own metrics.
type descs struct {
	dateStart, info, up, success           *prometheus.Desc
	rows, skipped                          *prometheus.Desc
	blocked, budget, remaining, ttl, stale *prometheus.Desc
	reports                                []*prometheus.Desc
}

func newDescs(reports []Report) *descs {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("realtimekit_"+name, help, labels, nil)
	}
	d := &descs{
		dateStart: desc("date_start_timestamp_seconds", "When the date began (00:00 UTC), for every date in the window.", "date"),
		info:      desc("app_info", "The identifiers behind an app's name; always 1.", "app", "app_id", "account_id"),
		up:        desc("report_up", "Whether the last request for the report that finished was answered well.", "app", "report"),
		success:   desc("report_last_success_timestamp_seconds", "When the last good answer was asked for, which is up to when it counts; absent before the first.", "app", "report"),
		rows:      desc("report_rows", "Days in the window that the last successful response had a row for; absent before the first.", "app", "report"),
		skipped:   desc("report_rows_skipped", "Rows without a date in the last successful response, which are not used; absent before the first.", "app", "report"),
		blocked:   desc("exporter_api_blocked_until_timestamp_seconds", "Until when a 429 of the API keeps the account's token quiet; 0 when it does not.", "account_id"),
		budget:    desc("exporter_api_budget_requests", "Requests per api.rate_limit.per that the rate limit lets through for the account's token in the long run.", "account_id"),
		remaining: desc("exporter_api_budget_remaining_requests", "Requests that may leave at once now with the account's token; 0 also while a 429 keeps it quiet, and when there is none.", "account_id"),
		ttl:       desc("exporter_cache_ttl_seconds", "How long an answer is shown without asking again, by the configuration in force."),
		stale:     desc("exporter_cache_max_stale_seconds", "How old an answer may grow while asking fails, by the configuration in force."),
	}
	for _, r := range reports {
		d.reports = append(d.reports, r.Descs...)
	}
	return d
}

// Describe implements [prometheus.Collector].
func (s *Snapshot) Describe(ch chan<- *prometheus.Desc) {
	d := s.descs
	for _, desc := range append([]*prometheus.Desc{
		d.dateStart, d.info, d.up, d.success, d.rows, d.skipped, d.blocked, d.budget, d.remaining, d.ttl, d.stale,
	}, d.reports...) {
		ch <- desc
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
		answer := s.answers[i]
		if answer.OK {
			ch <- t.up
		} else {
			ch <- t.down
		}
		if !answer.Known {
			continue
		}
		about, days := answer.Value.metricsAs(t.name, s.window, d, s.dates)
		for _, metric := range about {
			ch <- metric
		}
		if answer.Result == cache.None {
			continue
		}
		from, to := within(answer.Value.days, s.window)
		for _, samples := range days {
			for i := range samples[from:to] {
				ch <- &samples[from+i]
			}
		}
	}
	for _, b := range s.budgets {
		gauge(d.blocked, seconds(b.blockedUntil), b.account)
		gauge(d.budget, float64(s.plan.Limit.Refill()), b.account)
		gauge(d.remaining, float64(b.remaining), b.account)
	}
	gauge(d.ttl, s.plan.TTL.Seconds())
	gauge(d.stale, s.plan.MaxStale.Seconds())
}

// seconds is a time as Prometheus writes it; the zero time is 0.
func seconds(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.UnixMilli()) / 1000
}
