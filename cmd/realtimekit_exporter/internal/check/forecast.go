package check

import (
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"github.com/prometheus/common/model"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
	"github.com/realtimekit-exporter/realtimekit_exporter/cmd/realtimekit_exporter/internal/plural"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector"
)

// A forecast has the requests per Limit.Per that the apps and lists of a token need.
type forecast struct {
	plan           *collector.Plan
	accounts, apps int
	discover       bool
	lists          float64 // requests for lists of apps
}

// printForecasts prints the forecast of each token: requests are counted per token, as
// the API does, and not per account.
func printForecasts(w io.Writer, p *collector.Plan, tokens []api.Secret) {
	var all []*forecast
	byToken := make(map[api.Secret]*forecast)
	for i, account := range p.Accounts {
		f := byToken[tokens[i]]
		if f == nil {
			f = &forecast{plan: p}
			byToken[tokens[i]] = f
			all = append(all, f)
		}
		f.accounts++
		f.apps += len(account.Apps)
		if account.Discover != nil {
			f.discover = true
			f.lists += p.ListRequests(account.Discover, 0)
		}
	}
	for _, f := range all {
		f.print(w)
	}
}

func (f *forecast) print(w io.Writer) {
	limit, per := f.plan.Limit, model.Duration(f.plan.Limit.Per)
	fmt.Fprintf(w, "API requests with the token of %s, for %s: up to %.1f of %d per %s (limit %d, burst %d)\n",
		plural.Count(f.accounts, "account"), plural.Count(f.apps, "app"), f.lists+f.plan.Requests(f.apps), limit.Refill(), per, limit.Requests, limit.Burst())

	daily, live := f.lists, 0.0 // live requests wait behind all others
	var names, parts []string
	for _, r := range f.plan.Reports {
		n := f.plan.RequestsOf(r, f.apps)
		parts = append(parts, fmt.Sprintf("%s %.1f", r.Name, n))
		if r.Daily() {
			daily += n
		} else {
			live += n
			names = append(names, r.Name)
		}
	}
	if f.lists > 0 {
		parts = append(parts, fmt.Sprintf("lists of apps %.1f", f.lists))
	}
	if len(f.plan.Reports) > 1 {
		fmt.Fprintf(w, "of these: %s\n", strings.Join(parts, ", "))
	}
	f.warn(w, daily, live, strings.Join(names, " and "))

	if f.discover {
		apps := int(max(0, float64(limit.Refill())-f.lists) / f.plan.Requests(1))
		fmt.Fprintf(w, "with this token, the limit allows for %s, discovered ones included\n", plural.Count(apps, "app"))
	}
}

// warn prints a warning if the requests of the daily reports do not fit into the limit, or
// else if those of the other reports, which have these names, do not.
func (f *forecast) warn(w io.Writer, daily, live float64, names string) {
	refill := float64(f.plan.Limit.Refill())
	left := refill - daily
	switch {
	case left < 0:
		fmt.Fprintf(w, "warning: these apps need more requests than the limit allows, so responses get older than cache.ttl (%s): raise cache.ttl, or use several tokens\n",
			model.Duration(f.plan.TTL))
		if live > 0 {
			fmt.Fprintf(w, "warning: no requests are left for the report %s, so its values will be absent\n", names)
		}
	case live > left:
		fits := "use several tokens"
		if left > 0 {
			ttl := time.Duration(math.Ceil(f.plan.LiveTTL.Seconds()*live/left)) * time.Second
			fits = fmt.Sprintf("set cache.live_ttl to at least %s, or use several tokens", model.Duration(ttl))
		}
		fmt.Fprintf(w, "warning: the report %s needs up to %.1f requests per %s, but only %.1f are left, so its values get older than cache.live_ttl (%s): %s\n",
			names, live, model.Duration(f.plan.Limit.Per), left, model.Duration(f.plan.LiveTTL), fits)
	}
}
