package scenario

import (
	"strconv"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
)

// WindowDays is the window of the exporters.
const (
	WindowDays = 35
	defaultTTL = 15 * time.Minute

	excludedApps = 2
)

// An exporter is the state of a simulated exporter.
type exporter struct {
	*Scenario
	instance string
	api      *apitest.API
	reports  map[reportKey]*report
	failures map[[3]string]int // by app, report and reason
	codes    map[string]int
	results  map[string]int
	buckets  map[string]int // of the latency, by upper bound
	scrapes  int
	list     list
}

// A list is the list of apps of the account.
type list struct {
	due, success time.Time
	up           bool
}

func bounds() []string { return []string{"0.1", "0.25", "0.5", "1", "2.5", "5", "10", "+Inf"} }

// fetchList requests the list of apps if it is due.
func (e *exporter) fetchList(now time.Time) {
	if now.Before(e.list.due) {
		return
	}
	e.list.up = e.ListFails == nil || !e.ListFails(e.instance, now)
	if !e.list.up {
		e.list.due = now.Add(5 * time.Minute)
		return
	}
	e.list.due, e.list.success = now.Add(defaultTTL), now
}

// fetch requests the reports that are due.
func (e *exporter) fetch(now time.Time) {
	for i, app := range e.Apps {
		for _, kind := range e.kinds() {
			e.fetchReport(i, app, kind, now)
		}
	}
	e.scrapes++
}

func (e *exporter) fetchReport(i int, app App, kind kind, now time.Time) {
	r := e.report(app, kind)
	if now.Before(r.due) {
		if r.up {
			e.results["fresh"]++
		} else {
			e.results[e.stale(r)]++
		}
		return
	}
	code, reason := "200", ""
	if e.Fails != nil {
		code, reason = e.Fails(app.Name, now)
	}
	e.codes[code]++
	e.latency(0.15 + float64((7*i+13*e.scrapes)%40)/25)
	if r.up = reason == ""; !r.up {
		r.due = now.Add(5 * time.Minute)
		e.failures[[3]string{app.Name, kind.name, reason}]++
		e.results[e.stale(r)]++
		return
	}
	e.results["refreshed"]++
	r.due, r.success = now.Add(e.TTL), now
	if e.TTL == 0 {
		r.due = now.Add(kind.ttl - time.Duration(i*int(kind.ttl.Seconds())/45)*time.Second)
	}
	r.families = kind.fetch(e.api, app, now)
}

func (e *exporter) stale(r *report) string {
	if r.success.IsZero() {
		return "none"
	}
	return "stale"
}

func (e *exporter) latency(seconds float64) {
	for _, b := range bounds() {
		if limit, err := strconv.ParseFloat(b, 64); err == nil && seconds <= limit {
			e.buckets[b]++
		}
	}
}

const day = 24 * time.Hour

// expose adds the samples of a scrape, and those that Prometheus adds.
func (e *exporter) expose(s *scrape, now time.Time) {
	s.set(1, "up")
	s.set(0.01+float64(e.scrapes%9)/30, "scrape_duration_seconds")
	s.set(1, "realtimekit_exporter_build_info", "version", "0.2.0", "revision", "d1313e38c0a1f2e4b6d7c8a9b0c1d2e3f4a5b6c7", "goversion", "go1.26.8")
	s.set(bit(e.Rejected != e.instance), "realtimekit_exporter_config_last_reload_successful")
	s.set(seconds(e.Start), "realtimekit_exporter_config_last_reload_success_timestamp_seconds")
	for _, kind := range e.kinds() {
		s.set(kind.ttl.Seconds(), "realtimekit_exporter_cache_ttl_seconds", "report", kind.name)
		s.set(kind.maxStale.Seconds(), "realtimekit_exporter_cache_max_stale_seconds", "report", kind.name)
	}
	s.set(200, "realtimekit_exporter_api_budget_requests", "account_id", apitest.DemoAccountID)
	s.set(100-float64(e.scrapes%6), "realtimekit_exporter_api_budget_remaining_requests", "account_id", apitest.DemoAccountID)
	paused := e.Paused
	if now.Before(paused.Add(-10 * time.Minute)) {
		paused = time.Time{}
	}
	s.set(seconds(paused), "realtimekit_exporter_api_blocked_until_timestamp_seconds", "account_id", apitest.DemoAccountID)
	s.set(24e6+float64(e.scrapes%50)*6e4, "process_resident_memory_bytes")
	s.set(18+float64(e.scrapes%3), "go_goroutines")
	s.set(0, "realtimekit_exporter_log_messages_dropped_total")
	for code, n := range e.codes {
		s.set(float64(n), "realtimekit_exporter_api_requests_total", "code", code)
	}
	for _, result := range []string{"fresh", "refreshed", "stale", "none"} {
		s.set(float64(e.results[result]), "realtimekit_exporter_cache_answers_total", "result", result)
	}
	for _, b := range bounds() {
		s.set(float64(e.buckets[b]), "realtimekit_exporter_api_request_duration_seconds_bucket", "le", b)
	}
	for n := range WindowDays {
		start := now.Truncate(day).AddDate(0, 0, -n)
		s.set(seconds(start), "realtimekit_date_start_timestamp_seconds", "date", start.Format(time.DateOnly))
	}
	if !e.Configured {
		e.exposeList(s)
	}
	for _, app := range e.Apps {
		s.set(1, "realtimekit_app_info", "app", app.Name, "app_id", app.ID, "account_id", apitest.DemoAccountID)
		for _, kind := range e.kinds() {
			e.exposeReport(s, app, kind, now)
		}
	}
}

func (e *exporter) exposeList(s *scrape) {
	s.set(bit(e.list.up), "realtimekit_discovery_up", "account_id", apitest.DemoAccountID)
	if e.list.success.IsZero() {
		return
	}
	s.set(seconds(e.list.success), "realtimekit_discovery_last_success_timestamp_seconds", "account_id", apitest.DemoAccountID)
	s.set(float64(len(e.Apps)), "realtimekit_discovery_apps", "account_id", apitest.DemoAccountID, "state", "collected")
	s.set(excludedApps, "realtimekit_discovery_apps", "account_id", apitest.DemoAccountID, "state", "excluded")
}

func seconds(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.Unix())
}

func bit(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
