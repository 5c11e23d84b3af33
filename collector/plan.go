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
	MaxStale    time.Duration // the greatest age of a response that is exposed while requests fail
	Timeout     time.Duration // of one request, from when it is sent
	MaxInFlight int           // concurrent requests, over all tokens
	Limit       Limit
	BaseURL     string // of the API that Client uses
	Client      *api.Client
}

// A Limit is the most requests of one token in any span of time.
type Limit = throttle.Limit

// An Account of Cloudflare, its token and its apps.
type Account struct {
	ID    string
	Token func(context.Context) (api.Secret, error) // called for every request, never by a scrape
	Apps  []App
}

// An App of RealtimeKit, under the name that the label app shows.
type App struct{ ID, Name, Filters string }

// Series is the largest number of time series in a scrape, without those about the
// exporter itself.
func (p Plan) Series() int {
	n := p.Days // realtimekit_date_start_timestamp_seconds
	for _, account := range p.Accounts {
		n += 3 // realtimekit_exporter_api_blocked_until_…, …budget…, …remaining…
		for range account.Apps {
			n++ // realtimekit_app_info
			for _, r := range p.Reports {
				n += len(r.Metrics)*p.Days + 4 + len(api.Reasons()) // up, last success, rows, skipped rows, failures
			}
		}
	}
	return n
}

// Requests is the largest number of requests per Limit.Per that so many apps need
// in the long run without failures: each report is fetched whenever it is due.
func (p Plan) Requests(apps int) float64 {
	needed := 0.0
	for _, r := range p.Reports {
		needed += p.Limit.Per.Seconds() / (r.TTL(&p).Seconds() * (1 - cache.Jitter))
	}
	return float64(apps) * needed
}
