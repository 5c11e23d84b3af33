package collector

import (
	"context"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector/internal/cache"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector/internal/throttle"
)

// A Plan defines what to collect, and how. It is replaced, never edited.
type Plan struct {
	Accounts    []Account
	Reports     []Report      // of every app
	Days        int           // the window in UTC days, today included
	TTL         time.Duration // how long a response is used before the next request
	LiveTTL     time.Duration // the same for reports that are not by day
	MaxStale    time.Duration // the greatest age of a response that is exposed while requests fail
	Timeout     time.Duration // of one request, from when it is sent
	MaxInFlight int           // concurrent requests, over all tokens
	Limit       Limit
	BaseURL     string // of the API that Client uses
	Client      *api.Client
	Directory   string // where successful responses are kept across restarts; empty: nowhere
}

// A Limit is the maximum number of requests with one token in any span of time.
type Limit = throttle.Limit

// An Account of Cloudflare, its token and its apps.
type Account struct {
	ID    string
	Token func(context.Context) (api.Secret, error) // called for every request, never by a scrape
	Apps  []App

	Discover *Discover // nil: only Apps are collected
}

// An App of RealtimeKit. Name is the value of the label app.
type App struct{ ID, Name, Filters string }

// Series is the maximum number of time series in a scrape, without those about the
// exporter itself and without discovered apps.
func (p Plan) Series() int {
	n := p.Days // realtimekit_date_start_timestamp_seconds
	for _, account := range p.Accounts {
		n += 3 // realtimekit_exporter_api_blocked_until_…, …budget…, …remaining…
		if account.Discover != nil {
			n += 4 // realtimekit_discovery_up, …last_success…, …apps by state
		}
		n += p.SeriesOf(len(account.Apps))
	}
	return n
}

// SeriesOf is the maximum number of time series of a number of apps.
func (p Plan) SeriesOf(apps int) int {
	perApp := 1 // realtimekit_app_info
	for _, r := range p.Reports {
		perApp += len(r.Metrics)*r.rows(&p) + 2 + len(api.Reasons()) // up, last success, failures
		if r.Daily() {
			perApp += 2 // rows, skipped rows
		}
	}
	return apps * perApp
}

// Requests is the maximum number of requests per Limit.Per that a number of apps needs
// in the long run without failures: each report is fetched whenever it is due.
func (p Plan) Requests(apps int) (needed float64) {
	for _, r := range p.Reports {
		needed += p.RequestsOf(r, apps)
	}
	return needed
}

// RequestsOf is the same for one report. A list with several pages needs more.
func (p Plan) RequestsOf(r Report, apps int) float64 {
	return float64(apps) * p.Limit.Per.Seconds() / (r.TTL(&p).Seconds() * (1 - cache.Jitter))
}

// ListRequests is the same for a list of a number of apps.
func (p Plan) ListRequests(d *Discover, apps int) float64 {
	pages := max(1, (apps+api.AppsPerPage-1)/api.AppsPerPage)
	return float64(pages) * p.Limit.Per.Seconds() / (d.Interval.Seconds() * (1 - cache.Jitter))
}

// ManySeries is the number of series from which the first scrape, and that after
// midnight, encode for about a second, and the exporter needs about 60 MB of memory.
const ManySeries = 100_000
